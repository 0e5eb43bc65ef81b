import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Installation, startInstallation } from '../support/installation.ts';
import { Receiver } from '../support/receiver.ts';

const events = 600;
/** What a worker may have sent and not recorded: a batch of a recovery, and one of a resuming webhook. */
const inFlight = 25 + 128;
const patience = { timeout: 120_000, interval: 100 };

describe('what webhooks did not receive', () => {
  let installation: Installation;
  let receiver: Receiver;
  let client: pg.Client;
  /** How often each event arrived at each webhook's path. */
  const taken = new Map<string, number>();

  beforeAll(async () => {
    installation = await startInstallation();
    receiver = await new Receiver(({ body, path }) => {
      const key = `${path} ${JSON.parse(body).data.n}`;
      taken.set(key, (taken.get(key) ?? 0) + 1);
      return 200;
    }).listen();
    client = new pg.Client({ connectionString: installation.parts.databaseUrl });
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await installation?.close();
    await receiver?.close();
  });

  it('arrives, though the worker and then Temporal and the API are killed while it is recovered and resumed', async () => {
    type Made = Record<string, Record<string, { id: string }>>;
    const make = async (mutation: string, what: string, input: object): Promise<string> => {
      const text = `mutation M($input: ${mutation}Input!) { call: ${mutation[0]?.toLowerCase()}${mutation.slice(1)}(input: $input) { ${what} { id } } }`;
      return (await installation.call<Made>(text, { input })).call?.[what]?.id as string;
    };
    const organizationId = await make('CreateOrganization', 'organization', { name: 'Harbour Robotics' });
    const project = { organizationId, name: 'Berth planning', profile: 'STANDARD' };
    const projectId = await make('CreateProject', 'project', project);
    await installation.call(
      'mutation T($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { name } } }',
      { input: { projectId, name: 'crane.moved', schema: { type: 'object', required: ['n'] } } },
    );
    const webhook = (path: string) =>
      make('CreateWebhook', 'webhook', { projectId, name: 'Berth board', url: `${receiver.url}${path}` });
    const pausedId = await webhook('paused');
    await make('PauseWebhook', 'webhook', { webhookId: pausedId });
    for (let from = 0; from < events; from += 100) {
      const list = Array.from({ length: 100 }, (_, index) => ({ type: 'crane.moved', data: { n: from + index } }));
      await installation.call(
        'mutation P($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }',
        {
          input: { projectId, events: list },
        },
      );
    }
    const laterId = await webhook('later');
    const counted = await installation.call<{ recoverable: object }>(
      'query R($input: RecoverableInput!) { recoverable(input: $input) { missed total isAtLeast } }',
      { input: { webhookId: laterId } },
    );
    expect(counted.recoverable).toEqual({ missed: events, total: events, isAtLeast: false });
    const recoveryId = await make('RecoverDeliveries', 'recovery', { webhookId: laterId });
    await make('ResumeWebhook', 'webhook', { webhookId: pausedId });

    const delivered = async (webhookId: string): Promise<number> =>
      (
        await client.query(
          `SELECT count(*)::int AS count FROM delivery WHERE webhook_id = $1 AND status = 'DELIVERED'`,
          [webhookId],
        )
      ).rows[0].count;
    const least = async () => Math.min(await delivered(pausedId), await delivered(laterId));
    const { worker, temporal, api } = installation.parts;
    await expect.poll(least, patience).toBeGreaterThan(60);
    await worker.kill();
    await worker.restart();
    await expect.poll(least, patience).toBeGreaterThan(200);
    await Promise.all([temporal?.kill(), api.kill()]);
    await temporal?.restart();
    await api.restart();

    const state = async () =>
      (await client.query('SELECT state FROM recovery WHERE id = $1', [recoveryId])).rows[0].state;
    const pausedAt = async () =>
      (await client.query('SELECT paused_at FROM webhook WHERE id = $1', [pausedId])).rows[0].paused_at;
    await expect.poll(state, patience).toBe('FINISHED');
    await expect.poll(pausedAt, patience).toBeNull();
    await expect.poll(least, patience).toBe(events);
    const { rows } = await client.query(
      `SELECT webhook_id, count(*)::int AS made, count(DISTINCT event_id)::int AS events FROM delivery GROUP BY 1`,
    );
    expect(rows.map(({ made, events: of }) => [made, of])).toEqual([
      [events, events],
      [events, events],
    ]);
    for (const path of ['/paused', '/later']) {
      const times = Array.from({ length: events }, (_, n) => taken.get(`${path} ${n}`) ?? 0);
      expect(times.filter((each) => each === 0)).toEqual([]);
      expect(times.reduce((sum, each) => sum + each, 0) - events).toBeLessThanOrEqual(2 * inFlight);
    }
    const { rows: recovered } = await client.query('SELECT total, replayed FROM recovery WHERE id = $1', [recoveryId]);
    expect(recovered).toEqual([{ total: events, replayed: events }]);
  }, 300_000);
});
