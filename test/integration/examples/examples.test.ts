import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { onplana } from '../../../core/profiles/onplana.ts';
import { signedHeaders } from '../../../core/profiles/signed.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { expectToOutlive } from '../../support/brokenOff.ts';
import { createDatabase } from '../../support/database.ts';
import { type Answer, type Received, Receiver } from '../../support/receiver.ts';
import { deliver, startExample } from './example.ts';
import { asSlack, expectToBeStrict } from './slackStandIn.ts';

const example = (name: string) =>
  onplana.catalogue.find((type) => type.name === name)?.example as Record<string, unknown> & { id: string };

describe('the example', () => {
  let api: TestApi;
  let tenant: TestTenant;
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    api = await TestApi.start();
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(() => api.close());

  async function start(file: string, env: Record<string, string>, through?: (url: string) => Promise<string>) {
    tenant = await api.tenant('ONPLANA');
    const running = await startExample(api, tenant, file, env, through);
    closing.push(() => running.close());
    await expectToOutlive(running.url);
    return running;
  }
  async function receiver(answer: (request: Received) => Answer): Promise<Receiver> {
    const made = await new Receiver(answer).listen();
    closing.push(() => made.close());
    return made;
  }

  it('slack-notifications tells what matters, once, in messages that Slack takes', async () => {
    expectToBeStrict();
    let away = false;
    const slack = await receiver((request) => (away ? 500 : asSlack(request)));
    const { webhookId, url, secret } = await start('slack-notifications.mjs', { SLACK_WEBHOOK_URL: slack.url });
    const send = (...events: Parameters<typeof deliver>[3]) => deliver(api, tenant, webhookId, events);
    const task = example('task.updated');
    const wild = `${'<!channel> & | '.repeat(500)}😀`;
    expect(
      await send(
        { type: 'milestone.completed', data: { ...example('milestone.completed'), name: wild } },
        {
          type: 'project.status_changed',
          data: { ...example('project.status_changed'), status: 'at_risk', name: '<&>' },
        },
        {
          type: 'task.updated',
          data: { ...task, status: 'blocked', url: 'https://o.example/t?a=1&b=2' },
          previous: task,
        },
        // No news: another change, another status, another event.
        { type: 'task.updated', data: { ...task, progress: 99 }, previous: task },
        { type: 'project.status_changed', data: { ...example('project.status_changed'), status: 'on_track' } },
        { type: 'task.created', data: example('task.created') },
      ),
    ).toEqual([200, 200, 200, 200, 200, 200]);
    const messages = slack.received.map(({ body }) => JSON.parse(body));
    expect(messages.map(({ blocks }) => blocks[0].text.text).sort()).toEqual([
      '⚠️ Project at risk',
      '⛔ Task blocked',
      '🏁 Milestone completed',
    ]);
    const blocked = messages.find(({ text }) => text.startsWith('⛔'));
    expect(blocked.blocks[1].text.text).toBe('*<https://o.example/t?a=1&amp;b=2|Commission hoist drive 4>*');
    expect(blocked.blocks[2].fields[0].text).toBe('*Assignee*\nTomasz Lis');

    // While Slack is away the event is not taken; what was told already is not told again.
    away = true;
    expect(await send({ type: 'milestone.completed', data: example('milestone.completed') })).toEqual([503]);
    away = false;
    const told = slack.received.length;
    const body = onplana.body({
      deliveryId: '019a5b2e-7c1d-7e52-9f3a-5d2f0c8b6a11',
      eventId: '',
      eventType: 'milestone.completed',
      occurredAt: new Date(),
      ...tenant,
      webhookId,
      data: JSON.stringify(example('milestone.completed')),
      previous: null,
    });
    const again = (key: string) =>
      fetch(url, {
        method: 'POST',
        body: new Uint8Array(body),
        headers: signedHeaders(onplana, {
          envelope: {} as never,
          body,
          secrets: [key],
          attemptedAt: new Date(),
        }) as never,
      });
    expect([(await again(secret)).status, (await again(secret)).status]).toEqual([200, 200]);
    expect((await again('0'.repeat(64))).status).toBe(401);
    expect(slack.received).toHaveLength(told + 1);
  });

  it('ticket-sync writes what diff names and leaves the rest of the ticket to the people', async () => {
    const tickets = new Map<string, Record<string, unknown>>();
    const calls: [method: string, path: string, body: object | null][] = [];
    const tracker = await receiver(({ path, method, headers, body }) => {
      expect(headers.authorization).toBe('Bearer tracker-token');
      const asked = body === '' ? null : JSON.parse(body);
      calls.push([method, path, asked]);
      const { pathname, searchParams } = new URL(path, 'http://tracker');
      const answer = (value: unknown): Answer => ({ code: 200, body: JSON.stringify(value) });
      if (method === 'GET') {
        return answer([...tickets.values()].filter((each) => each.external_id === searchParams.get('external_id')));
      }
      const id = method === 'POST' ? `T-${tickets.size + 1}` : (pathname.split('/').at(-1) as string);
      const ticket = { ...tickets.get(id), ...asked, id };
      tickets.set(id, ticket);
      return answer(ticket);
    });
    const env = { TRACKER_URL: tracker.url.replace(/\/$/, ''), TRACKER_TOKEN: 'tracker-token' };
    const { webhookId } = await start('ticket-sync.mjs', env);
    const send = (type: string, data: object, previous?: object) =>
      deliver(api, tenant, webhookId, [previous ? { type, data, previous } : { type, data }]);
    const task = example('task.updated');

    expect(await send('task.created', task)).toEqual([200]);
    expect(await send('task.created', task)).toEqual([200]);
    expect([...tickets.values()]).toEqual([
      {
        id: 'T-1',
        external_id: task.id,
        title: task.name,
        description: task.description,
        state: 'in_progress',
        priority: 'high',
        due: '2026-07-03',
      },
    ]);
    // Somebody works in the tracker, too.
    tickets.set('T-1', { ...tickets.get('T-1'), title: 'Title of the tracker', priority: 'low' });
    calls.length = 0;
    const moved = { ...task, due_date: '2026-07-10', progress: 70 };
    await send('task.updated', moved, task);
    expect(calls.filter(([method]) => method !== 'GET')).toEqual([['PATCH', '/tickets/T-1', { due: '2026-07-10' }]]);
    expect(tickets.get('T-1')).toMatchObject({ title: 'Title of the tracker', priority: 'low', due: '2026-07-10' });
    // A field that is gone, and one that became null.
    const { description: _, ...without } = moved as typeof moved & { description: string };
    calls.length = 0;
    await send('task.updated', { ...without, due_date: null }, moved);
    expect(calls.at(-1)).toEqual(['PATCH', '/tickets/T-1', { due: null, description: null }]);
    // Nothing of the tracker's business changed, or nobody knows what did: no request at all.
    calls.length = 0;
    await send('task.updated', { ...moved, labels: ['urgent'] }, moved);
    await send('task.updated', moved);
    expect(calls).toEqual([]);
    // A task from before the webhook gets its ticket with its next change.
    await send('task.updated', { ...task, id: 'task_1', name: 'Older' }, { ...task, id: 'task_1' });
    expect([...tickets.values()].find((each) => each.external_id === 'task_1')).toMatchObject({ title: 'Older' });
  });

  it('warehouse makes 1,000 rows of 1,000 events that are delivered twice, and keeps each newest state', async () => {
    const database = await createDatabase();
    closing.push(() => database.drop());
    const pool = new pg.Pool({ connectionString: database.url, max: 1 });
    closing.push(() => pool.end());
    let twice = 0;
    const { webhookId } = await start('warehouse.mjs', { DATABASE_URL: database.url }, async (url) => {
      // On its way every request is doubled, as by an answer that was lost.
      const relay = new Receiver(async ({ body, headers }) => {
        const { 'x-onplana-signature': signature } = headers as Record<string, string>;
        const pass = () =>
          fetch(url, { method: 'POST', body, headers: { 'x-onplana-signature': signature as string } });
        const [one, two] = await Promise.all([pass(), pass()]);
        if (one.status === 200 && two.status === 200) twice += 1;
        return one.status;
      });
      await relay.listen();
      closing.push(() => relay.close());
      return relay.url;
    });
    const task = example('task.updated');
    for (let call = 0; call < 10; call++) {
      const events = Array.from({ length: 100 }, (_, index) => ({
        type: 'task.updated',
        data: { ...task, id: `task_${index}`, progress: call * 10 },
      }));
      const codes = await deliver(api, tenant, webhookId, events);
      expect(new Set(codes)).toEqual(new Set([200]));
    }
    expect(twice).toBe(1_000);
    const count = async (sql: string) => (await pool.query(`SELECT count(*)::int AS n ${sql}`)).rows[0].n;
    expect(await count('FROM onplana.staging')).toBe(1_000);
    while ((await count('FROM onplana.staging WHERE NOT processed')) > 0)
      await new Promise((done) => setTimeout(done, 20));
    const { rows } = await pool.query(
      `SELECT kind, state ->> 'progress' AS progress, count(*)::int FROM onplana.resource GROUP BY 1, 2`,
    );
    expect(rows).toEqual([{ kind: 'task', progress: '90', count: 100 }]);
  });
});
