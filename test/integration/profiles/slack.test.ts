import type dns from 'node:dns/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { Receiver } from '../../support/receiver.ts';

// Slack is this machine here: nothing listens on its port 443.
// What looks names up may be loaded already, by another file.
vi.hoisted(() => vi.resetModules());
vi.mock('node:dns/promises', async (original) => {
  const real = await original<typeof dns>();
  const lookup = async (host: string, options: object) =>
    host === 'hooks.slack.com' ? [{ address: '127.0.0.1', family: 4 }] : real.lookup(host, options);
  return { ...real, default: { ...real, lookup }, lookup };
});

const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) {
  secret webhook { id profile url hasSecret } } }`;
const update = 'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { url profile } } }';
const publish = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }';

const token = 'XyZ0do0not0show0AbC';
const slackUrl = `https://hooks.slack.com/services/T00000000/B00000000/${token}`;

describe('a Slack URL', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let pool: pg.Pool;

  beforeAll(async () => {
    api = await TestApi.start({ logLevel: 'trace' });
    tenant = await api.tenant('TESTPLANIT');
    pool = new pg.Pool({ connectionString: api.database.url, max: 1 });
  });
  afterAll(async () => {
    await pool.end();
    await api.close();
    // The next file looks names up as the product does.
    vi.resetModules();
  });

  const input = (url: string, more: object = {}) => ({
    input: { projectId: tenant.projectId, name: 'Channel', url, ...more },
  });
  const send = (type: string, data: object, previous?: object) =>
    api.data(tenant.key, publish, { input: { projectId: tenant.projectId, events: [{ type, data, previous }] } });

  it.each([
    'https://hooks.slack.com/services/T/B/x',
    'https://HOOKS.SLACK.COM/services/T/B/x',
    'https://hooks.slack.com./services/T/B/x',
    'https://hooks.slack.com:443/services/T/B/x',
    'https://hooks.sl%61ck.com/services/T/B/x',
  ])('is told by its host: %s', async (url) => {
    const { createWebhook } = await api.data(tenant.key, create, input(url));
    expect(createWebhook).toEqual({
      secret: null,
      webhook: {
        id: expect.any(String),
        profile: 'SLACK',
        url: expect.stringMatching(/^https:\/\/hooks\.slack\.com\.?\/…$/),
        hasSecret: false,
      },
    });
    await api.data(tenant.key, 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', {
      id: createWebhook.webhook.id,
    });
  });

  it.each([
    'https://hooks.slack.com.evil.example/services/T/B/x',
    'https://evil-hooks.slack.com/services/T/B/x',
    'https://slack.com/services/T/B/x',
    'https://evil.example/hooks.slack.com/services/T/B/x',
    'https://evil.example/?u=https://hooks.slack.com/services/T/B/x',
  ])('is not what looks like it: %s', async (url) => {
    const { createWebhook } = await api.data(tenant.key, create, input(url, { eventTypes: ['case.deleted'] }));
    expect(createWebhook.webhook).toMatchObject({ profile: 'TESTPLANIT', url, hasSecret: true });
    const refusal = await api.refusal(tenant.key, create, input(url, { profile: 'SLACK' }));
    expect(refusal).toEqual({ code: 'VALIDATION_FAILED', field: 'input.url' });
    // What was Slack stays Slack, and what was not does not become it.
    const slack = await api.webhook(tenant, { url: slackUrl, eventTypes: ['case.deleted'] });
    for (const [id, other] of [
      [slack.id, url],
      [createWebhook.webhook.id, slackUrl],
    ]) {
      expect(await api.refusal(tenant.key, update, { input: { id, url: other } })).toEqual({
        code: 'VALIDATION_FAILED',
        field: 'input.url',
      });
    }
  });

  it('is shown nowhere: not by the API, in errors, in logs, nor in the database', async () => {
    const texts: string[] = [];
    const ask = async (query: string, variables: object) => {
      const answer = await api.ask(tenant.key, query, variables);
      texts.push(answer.text);
      return answer;
    };
    const made = await ask(create, input(slackUrl, { retrySchedule: [], eventTypes: ['case.created'] }));
    const id: string = made.data.createWebhook.webhook.id;
    await ask(update, { input: { id, url: `${slackUrl}2`, name: 'Another' } });
    for (const wrong of [`${slackUrl}#part`, slackUrl.replace('https', 'ftp'), slackUrl.replace('//', '//u:p@')]) {
      await ask(create, input(wrong));
      await ask(update, { input: { id, url: wrong } });
    }
    await ask(create, input(slackUrl, { profile: 'STANDARD' }));
    await ask(create, input(slackUrl, { secret: 'x'.repeat(20) }));
    await ask(create.replace('webhook {', 'webhook { nonsense'), input(slackUrl));
    // Something that goes wrong here, and is logged.
    await pool.query('ALTER TABLE webhook_state RENAME TO webhook_state_away');
    expect((await ask(create, input(slackUrl))).errors?.[0]?.extensions.code).toBe('INTERNAL');
    await pool.query('ALTER TABLE webhook_state_away RENAME TO webhook_state');
    // A delivery that fails on its way: nothing listens where hooks.slack.com leads here.
    await send('case.created', { id: '1', name: 'Checkout' });
    let delivery: { status: string; statusReason: string; attempts: object[] } | undefined;
    while (delivery?.status !== 'FAILED') {
      const { data } = await ask(
        `query ($id: ID!) { deliveries(webhookId: $id) { edges { node { status statusReason
           request { url headers { name value } body } attempts { outcome error responseBody } } } } }`,
        { id },
      );
      delivery = data.deliveries.edges[0]?.node;
    }
    expect(delivery).toMatchObject({
      statusReason: expect.stringContaining('hooks.slack.com'),
      // Nothing left.
      request: null,
      attempts: [{ outcome: 'CONNECT_ERROR' }],
    });
    await ask(
      `query ($id: ID!) { webhook(id: $id) { id name url headers { name value } healthReason }
         webhooks(search: "${token}") { edges { node { id } } }
         auditEvents(organizationId: "${tenant.organizationId}", first: 100) { edges { node { action before after } } } }`,
      { id },
    );
    expect(texts.at(-1)).toContain('WEBHOOK_UPDATED');
    expect(JSON.parse(texts.at(-1) as string).data.webhooks.edges).toEqual([]);

    const stored: string[] = [];
    const { rows: tables } = await pool.query(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
    );
    for (const { name } of tables) {
      const { rows } = await pool.query(`SELECT to_json(t)::text AS row FROM "${name}" t`);
      stored.push(...rows.map(({ row }) => row));
    }
    const logged = api.logged.map((line) => JSON.stringify(line));
    expect(logged.length).toBeGreaterThan(0);
    expect(stored.length).toBeGreaterThan(10);
    for (const [where, lines] of Object.entries({ texts, stored, logged })) {
      const shown = lines.filter((line) => line.includes(token) || line.includes(Buffer.from(token).toString('hex')));
      expect(shown, where).toEqual([]);
    }
  });

  it('that stands in for Slack’s in development gets messages in Block Kit, and is a secret all the same', async () => {
    const receiver = await new Receiver(() => ({ code: 200, body: 'ok' })).listen();
    try {
      const url = `${receiver.url}services/T/B/${token}`;
      const { createWebhook } = await api.data(
        tenant.key,
        create,
        input(url, { profile: 'SLACK', eventTypes: ['test_run.state_changed'] }),
      );
      expect(createWebhook.webhook.url).toBe(`${new URL(url).origin}/…`);
      const data = { id: '7', name: 'Checkout <4.2> & co', from_state: 'New', to_state: 'Done' };
      await send('test_run.state_changed', data);
      const [request] = await receiver.count(1);
      expect(request?.path).toBe(`/services/T/B/${token}`);
      expect(Object.keys(request?.headers ?? {}).filter((name) => /signature|^x-/.test(name))).toEqual([]);
      expect(JSON.parse(request?.body as string)).toMatchObject({
        text: 'Test run: state changed: Checkout &lt;4.2&gt; &amp; co',
        blocks: [
          { type: 'header', text: { type: 'plain_text', text: 'Test run: state changed' } },
          { type: 'section', text: { text: '*Checkout &lt;4.2&gt; &amp; co*' } },
          { type: 'section', text: { text: '*State*: New → Done' } },
          { type: 'context' },
        ],
      });
    } finally {
      await receiver.close();
    }
  });
});
