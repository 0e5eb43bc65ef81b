import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admit } from '../../../core/deliveries/admit.ts';
import { generateKey, parseKeyRing } from '../../../core/secrets/keyRing.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { GraphQLSocket } from '../../support/graphqlSocket.ts';
import { Receiver } from '../../support/receiver.ts';

const remove = 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { deletedAt } } }';
const publish = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }';

describe('a webhook that is deleted', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let pool: pg.Pool;
  let receiver: Receiver;

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant('TESTPLANIT');
    pool = new pg.Pool({ connectionString: api.database.url, max: 2 });
    receiver = await new Receiver(() => 500).listen();
    await api.eventType(tenant, 'crane.moved');
  });
  afterAll(async () => {
    await receiver.close();
    await pool.end();
    await api.close();
  });

  const send = (count = 1) =>
    api.data(tenant.key, publish, {
      input: {
        projectId: tenant.projectId,
        events: Array.from({ length: count }, (_, n) => ({ type: 'crane.moved', data: { n } })),
      },
    });
  const statuses = async (webhookId: string) => {
    const { rows } = await pool.query(
      'SELECT status::text, count(*)::int FROM delivery WHERE webhook_id = $1 GROUP BY 1 ORDER BY 1',
      [webhookId],
    );
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
  };
  const until = async (webhookId: string, wanted: object) => {
    while (JSON.stringify(await statuses(webhookId)) !== JSON.stringify(wanted)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  it('has no secret, no URL that is one and no headers any more, and neither has a rotation under way', async () => {
    const { id } = await api.webhook(tenant, { headers: [{ name: 'Authorization', value: 'Bearer its-own-token' }] });
    await api.data(tenant.key, 'mutation ($id: ID!) { rotateWebhookSecret(input: { id: $id }) { secret } }', { id });
    const slack = await api.webhook(tenant, { url: 'https://hooks.slack.com/services/T0/B0/credential' });
    const kept = await api.webhook(tenant, {});
    const rows = async (webhookId: string) => {
      const { rows } = await pool.query(
        `SELECT url_sealed IS NOT NULL AS url, headers_sealed IS NOT NULL AS headers,
                (SELECT count(*)::int FROM webhook_secret WHERE webhook_id = webhook.id) AS secrets
           FROM webhook WHERE id = $1`,
        [webhookId],
      );
      return rows[0];
    };
    expect([await rows(id), await rows(slack.id)]).toEqual([
      { url: false, headers: true, secrets: 2 },
      { url: true, headers: false, secrets: 0 },
    ]);
    for (const each of [id, slack.id]) await api.data(tenant.key, remove, { id: each });
    expect([await rows(id), await rows(slack.id), await rows(kept.id)]).toEqual([
      { url: false, headers: false, secrets: 0 },
      { url: false, headers: false, secrets: 0 },
      { url: false, headers: false, secrets: 1 },
    ]);
    await api.data(tenant.key, remove, { id: kept.id });
  });

  it('has what waits for it cancelled by the time that the call answers, live, and counted as cancelled', async () => {
    const { id } = await api.webhook(tenant, { url: receiver.url });
    await send(3);
    await until(id, { RETRYING: 3 });
    const before = receiver.received.length;
    const feed = await new GraphQLSocket(api.url).open(tenant.key);
    const { deliveryCursor } = await api.data(tenant.key, `{ deliveryCursor(projectId: "${tenant.projectId}") }`);
    // From here on, whenever it stands.
    feed.subscribe(
      '1',
      `subscription { deliveryUpdated(webhookId: "${id}", after: "${deliveryCursor}") { id status statusReason } }`,
    );
    await api.data(tenant.key, remove, { id });
    expect(await statuses(id)).toEqual({ CANCELLED: 3 });
    const told = new Set<string>();
    while (told.size < 3) {
      const { payload } = await feed.next();
      const delivery = payload?.data?.deliveryUpdated;
      // What was recorded just before the cursor may come again.
      if (delivery?.status !== 'CANCELLED') continue;
      expect(delivery).toMatchObject({ statusReason: 'The webhook was deleted.' });
      told.add(delivery.id);
    }
    feed.socket.close();
    const { rows } = await pool.query(
      'SELECT sum(cancelled)::int AS cancelled FROM delivery_minute WHERE webhook_id = $1',
      [id],
    );
    expect(rows).toEqual([{ cancelled: 3 }]);
    expect(receiver.received).toHaveLength(before);
  });

  it('says so where its deliveries are replayed or retried, and is nobody’s to rotate or enable', async () => {
    const { id } = await api.webhook(tenant, { url: receiver.url });
    await send();
    await until(id, { RETRYING: 1 });
    const { rows } = await pool.query('SELECT id FROM delivery WHERE webhook_id = $1', [id]);
    const delivery = { id: rows[0].id };
    await api.data(tenant.key, remove, { id });
    for (const action of ['retryDelivery', 'replayDelivery']) {
      const { errors } = await api.ask(
        tenant.key,
        `mutation ($id: ID!) { ${action}(input: { id: $id }) { delivery { id } } }`,
        delivery,
      );
      expect(errors?.[0]).toMatchObject({
        message: expect.stringContaining('was deleted'),
        extensions: { code: 'CONFLICT' },
      });
    }
    const gone = { code: 'NOT_FOUND', field: 'input.id' };
    for (const operation of [
      'rotateWebhookSecret(input: { id: $id }) { secret }',
      'retireWebhookSecret(input: { id: $id }) { webhook { id } }',
      'reEnableWebhook(input: { id: $id }) { webhook { id } }',
      'deleteWebhook(input: { id: $id }) { webhook { id } }',
    ]) {
      expect(await api.refusal(tenant.key, `mutation ($id: ID!) { ${operation} }`, { id })).toEqual(gone);
    }
    expect(
      (await api.data(tenant.key, 'query ($id: ID!) { delivery(id: $id) { webhook { id deletedAt } } }', delivery))
        .delivery,
    ).toMatchObject({ webhook: { id, deletedAt: expect.any(String) } });
  });

  it('gets nothing of what this process had queued for it', async () => {
    const slow = await new Receiver(() => null).listen();
    const { id } = await api.webhook(tenant, { url: slow.url, profile: 'STANDARD' });
    await send(100);
    // As many as a receiver gets at once that has not answered yet.
    const underWay = (await slow.count(8)).length;
    await api.data(tenant.key, remove, { id });
    await until(id, { PENDING: 92, SENDING: 8 });
    expect(slow.received).toHaveLength(underWay);
    await slow.close();
  });

  it('has any number of deliveries cancelled, a part at a time', async () => {
    const { id } = await api.webhook(tenant, {});
    await pool.query(
      `INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status, next_attempt_at)
       SELECT gen_random_uuid(), $1, $2, $3, gen_random_uuid(), 'crane.moved', 'RETRYING', now() + n * interval '1 second'
         FROM generate_series(1, 12000) AS n`,
      [tenant.organizationId, tenant.projectId, id],
    );
    await api.data(tenant.key, remove, { id });
    expect(await statuses(id)).toEqual({ RETRYING: 7_000, CANCELLED: 5_000 });
    const notifier = { changed() {}, close: async () => {} };
    const parts = { pool, keys: parseKeyRing(generateKey()), notifier, perWebhook: 16 };
    const bounds = { now: Date.now, onProgress() {}, signal: new AbortController().signal };
    const rows = await admit(parts, { webhookId: id, from: null, until: null, most: 100 }, bounds);
    expect(rows).toEqual({ list: [], more: false, cleared: true, atOnce: null });
    expect(await statuses(id)).toEqual({ CANCELLED: 12_000 });
  });
});
