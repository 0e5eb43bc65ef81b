import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { Receiver } from '../../support/receiver.ts';

const publish = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }';

/** On a busy machine what takes milliseconds may take seconds. */
const patience = { timeout: 20_000 };

describe('deliveries', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let good: Receiver;
  let bad: Receiver;
  let goodWebhook: string;
  let badWebhook: string;
  let pool: pg.Pool;

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant();
    pool = new pg.Pool({ connectionString: api.database.url, max: 2 });
    for (const name of ['crane.moved', 'crane.stopped']) await api.eventType(tenant, name);
    good = await new Receiver(() => ({ code: 200, headers: { 'x-answer': 'fine' }, body: 'thanks' })).listen();
    bad = await new Receiver(() => ({ code: 500, body: 'no' })).listen();
    const headers = [{ name: 'X-Api-Key', value: 'do-not-show' }];
    goodWebhook = (await api.webhook(tenant, { url: good.url, headers })).id;
    badWebhook = (await api.webhook(tenant, { url: bad.url, eventTypes: ['crane.stopped'], retrySchedule: [] })).id;
    for (const type of ['crane.moved', 'crane.stopped', 'crane.moved']) {
      await api.data(tenant.key, publish, {
        input: { projectId: tenant.projectId, events: [{ type, data: { berth: 7, text: 'x'.repeat(300) } }] },
      });
    }
    await good.count(3);
    await bad.count(1);
    // Recorded a moment after the receivers have answered.
    await vi.waitUntil(async () => {
      const { rows } = await pool.query(`SELECT count(*)::int AS open FROM delivery WHERE completed_at IS NULL`);
      return rows[0].open === 0;
    }, patience);
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(async () => {
    await pool.end();
    await api.close();
    await good.close();
    await bad.close();
  });

  const list = async (args: string, fields = 'eventType status') => {
    const { deliveries } = await api.data(tenant.key, `query { deliveries(${args}) { edges { node { ${fields} } } } }`);
    return deliveries.edges.map((edge: { node: object }) => edge.node);
  };

  it('are listed the newest first, by webhook, type, status, code, direction and time', async () => {
    const moved = { eventType: 'crane.moved', status: 'DELIVERED' };
    const stopped = { eventType: 'crane.stopped', status: 'DELIVERED' };
    const failed = { eventType: 'crane.stopped', status: 'FAILED' };
    expect(await list(`webhookId: "${goodWebhook}"`)).toEqual([moved, stopped, moved]);
    expect(await list(`webhookId: "${badWebhook}"`)).toEqual([failed]);
    expect(await list('eventTypes: ["crane.moved"]')).toEqual([moved, moved]);
    expect(await list('statuses: [FAILED, RETRYING]')).toEqual([failed]);
    expect(await list('responseCode: 500')).toEqual([failed]);
    expect(await list('direction: INBOUND')).toEqual([]);
    expect(await list('direction: OUTBOUND, responseCode: 200, eventTypes: ["crane.stopped"]')).toEqual([stopped]);
    const all = await list(`projectId: "${tenant.projectId}"`, 'id createdAt');
    expect(all).toHaveLength(4);
    const { createdAt } = all[1];
    const from = await list(`from: "${createdAt}"`, 'id');
    const to = await list(`to: "${createdAt}"`, 'id');
    expect(from.length + to.length).toBe(4);
    expect(from.map(({ id }: { id: string }) => id)).toContain(all[1].id);
    expect(await list('from: "2000-01-01T00:00:00Z", to: "2000-01-02T00:00:00Z"')).toEqual([]);
  });

  it('show the whole exchange, without credentials', async () => {
    const [delivery] = await list(
      `webhookId: "${goodWebhook}", first: 1`,
      `id direction status attemptCount nextAttemptAt completedAt responseCode responseTime payloadPreview payloadDigest isTest version
       cursor webhook { id } event { type data } replayOf { id } replays { id }
       request { method url headers { name value } body }
       attempts { number outcome responseCode responseHeaders { name value } responseBody responseTruncated error duration }`,
    );
    expect(delivery).toMatchObject({
      direction: 'OUTBOUND',
      status: 'DELIVERED',
      attemptCount: 1,
      nextAttemptAt: null,
      responseCode: 200,
      payloadDigest: null,
      isTest: false,
      cursor: null,
      webhook: { id: goodWebhook },
      event: { type: 'crane.moved', data: { berth: 7 } },
      replayOf: null,
      replays: [],
    });
    expect(delivery.payloadPreview).toHaveLength(200);
    expect(delivery.payloadPreview).toMatch(/^\{"berth":7,"text":"xxx/);
    expect(delivery.version).toBeGreaterThan(0);
    expect(delivery.responseTime).toMatch(/^PT/);
    const sent = good.received.at(-1);
    expect(delivery.request).toMatchObject({ method: 'POST', body: sent?.body });
    const shown = Object.fromEntries(
      delivery.request.headers.map((each: { name: string; value: string }) => [each.name.toLowerCase(), each.value]),
    );
    expect(shown['x-api-key']).toBe('[redacted]');
    expect(shown['webhook-id']).toBe(sent?.headers['webhook-id']);
    expect(delivery.attempts).toMatchObject([
      {
        number: 1,
        outcome: 'SUCCEEDED',
        responseCode: 200,
        responseBody: 'thanks',
        responseTruncated: false,
        error: null,
      },
    ]);
    expect(delivery.attempts[0].responseHeaders).toContainEqual({ name: 'x-answer', value: 'fine' });
  });

  it('page through without gaps or repeats, forwards and backwards', async () => {
    const query = `query ($first: Int, $after: String, $last: Int, $before: String) {
      deliveries(first: $first, after: $after, last: $last, before: $before) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
    const ids = (answer: { deliveries: { edges: { node: { id: string } }[] } }) =>
      answer.deliveries.edges.map(({ node }) => node.id);
    const whole = ids(await api.data(tenant.key, query, { first: 100 }));
    const forwards: string[] = [];
    for (let after: string | null = null; ; ) {
      const page = await api.data(tenant.key, query, { first: 3, after });
      forwards.push(...ids(page));
      after = page.deliveries.pageInfo.endCursor;
      if (!page.deliveries.pageInfo.hasNextPage) break;
    }
    expect(forwards).toEqual(whole);
    const backwards = await api.data(tenant.key, query, { last: 3 });
    expect(ids(backwards)).toEqual(whole.slice(-3));
    const before = await api.data(tenant.key, query, { last: 100, before: backwards.deliveries.pageInfo.startCursor });
    expect(ids(before)).toEqual(whole.slice(0, -3));
  });

  it('are sent as a test on demand', async () => {
    const { sendTestEvent } = await api.data(
      tenant.key,
      'mutation ($id: ID!) { sendTestEvent(input: { webhookId: $id }) { delivery { isTest eventType webhook { id } event { isTest } } } }',
      { id: goodWebhook },
    );
    expect(sendTestEvent.delivery).toEqual({
      isTest: true,
      eventType: 'webhook.test',
      webhook: { id: goodWebhook },
      event: { isTest: true },
    });
  });

  describe('cost', () => {
    /** The texts of all statements while an operation runs. */
    async function ran(query: string, variables: object | undefined): Promise<string[]> {
      const spy = vi.spyOn(pg.Client.prototype, 'query');
      await api.data(tenant.key, query, variables);
      const texts = spy.mock.calls.map(([statement]) =>
        typeof statement === 'string' ? statement : ((statement as unknown as { text: string })?.text ?? ''),
      );
      spy.mockRestore();
      return texts;
    }

    /**
     * Those that the operation has the database run, as few as in any of five runs: heartbeats, the live feed and who asks, which is
     * read again every few seconds, can only add to them.
     */
    async function statements(query: string, variables?: object, counts = own): Promise<string[]> {
      await api.data(tenant.key, query, variables);
      const runs: string[][] = [];
      for (let run = 0; run < 5; run++) runs.push((await ran(query, variables)).filter(counts));
      return runs.reduce((fewest, each) => (each.length < fewest.length ? each : fewest));
    }
    const own = (text: string) =>
      /"public"\."|FROM delivery d|data::text|INSERT/.test(text) && !text.includes('"api_key"');

    it('the same for one row as for many', async () => {
      const page = (first: number) =>
        `{ deliveries(first: ${first}) { edges { node { id payloadPreview webhook { name } event { type data } attempts { number } } } } }`;
      const one = await statements(page(1));
      expect(one).not.toEqual([]);
      expect(await statements(page(4))).toHaveLength(one.length);
      const nested = (first: number) =>
        `{ webhooks(first: ${first}) { edges { node { health hasSecret deliveries(first: 2) { edges { node { id attempts { number } } } } } } } }`;
      expect(await statements(nested(2))).toHaveLength((await statements(nested(1))).length);
    });

    it('two statements for a page of the log, which find its ids and read their rows, and one for a row', async () => {
      expect(
        await statements(
          '{ deliveries { edges { node { id status eventType responseCode } } pageInfo { hasNextPage } } }',
        ),
      ).toHaveLength(2);
      expect(
        await statements('query ($id: ID!) { webhook(id: $id) { id name url } }', { id: goodWebhook }),
      ).toHaveLength(1);
    });

    it('no look-up to publish an event and be told its id, type and time: only what stores it', async () => {
      const input = { projectId: tenant.projectId, events: [{ type: 'crane.moved', data: {} }] };
      const query = (fields: string) =>
        `mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { ${fields} } } }`;
      const found = await statements(query('id type occurredAt'), { input }, (text) =>
        /"public"\."|INSERT INTO event/i.test(text),
      );
      expect(found).toEqual([expect.stringMatching(/INSERT INTO event/i)]);
    });
  });

  it('carry no position of a trace, and keep none, where the installation does not trace', async () => {
    const text = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const events = [{ type: 'crane.moved', data: { traced: 'no' }, traceparent: text }];
    const query = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { traceparent } } }';
    const input = { projectId: tenant.projectId, events };
    const { data } = await api.ask(tenant.key, query, { input }, { traceparent: text });
    expect(data.publishEvents.events).toEqual([{ traceparent: null }]);
    const sent = () => good.received.find(({ body }) => body.includes('traced'));
    await expect.poll(sent).toBeDefined();
    expect(sent()?.headers).not.toHaveProperty('traceparent');
  });
});
