import pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { Receiver } from '../../support/receiver.ts';

const replay = `mutation ($id: ID!, $key: String) { replayDelivery(input: { id: $id, idempotencyKey: $key }) {
  delivery { id eventType isTest replayOf { id } event { id } } } }`;
const bulk = `mutation ($ids: [ID!]!, $key: String) { bulkReplayDeliveries(input: { ids: $ids, idempotencyKey: $key }) {
  deliveries { id replayOf { id } } skippedInboundIds } }`;
const retry = 'mutation ($id: ID!) { retryDelivery(input: { id: $id }) { delivery { id attemptCount } } }';
const publish = `mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id deliveries(first: 1) { edges { node { id } } } } } }`;

describe('sending again', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let pool: pg.Pool;
  let receiver: Receiver;
  let answer = 200;
  let webhookId: string;

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant();
    pool = new pg.Pool({ connectionString: api.database.url, max: 4 });
    receiver = await new Receiver(() => answer).listen();
    await api.eventType(tenant, 'crane.moved');
    webhookId = (await api.webhook(tenant, { url: receiver.url, eventTypes: ['crane.moved'] })).id;
  });
  afterEach(() => {
    answer = 200;
  });
  afterAll(async () => {
    await pool.end();
    await api.close();
    await receiver.close();
  });

  const row = async (id: string) => (await pool.query('SELECT * FROM delivery WHERE id = $1', [id])).rows[0];
  const count = async () => (await pool.query('SELECT count(*)::int FROM delivery')).rows[0].count;

  async function ended(id: string) {
    for (;;) {
      const delivery = await row(id);
      if (delivery.status !== 'SENDING' && delivery.status !== 'PENDING') return delivery;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** A delivery of a published event, attempted once. */
  async function delivered(data: object = { crane: 4 }): Promise<string> {
    const { publishEvents } = await api.data(tenant.key, publish, {
      input: { projectId: tenant.projectId, events: [{ type: 'crane.moved', data }] },
    });
    const id = publishEvents.events[0].deliveries.edges[0].node.id;
    await ended(id);
    return id;
  }

  async function inbound(): Promise<string> {
    const id = v7();
    await pool.query(
      `INSERT INTO delivery (id, organization_id, project_id, event_type, direction, status)
       VALUES ($1, $2, $3, 'issue.updated', 'INBOUND', 'DELIVERED')`,
      [id, tenant.organizationId, tenant.projectId],
    );
    return id;
  }

  it('is a new delivery of the same event that names the old one, with the same body', async () => {
    const old = await delivered({ crane: 7, load: 1.5 });
    const first = receiver.received.at(-1);
    const { replayDelivery } = await api.data(tenant.key, replay, { id: old });
    const { delivery } = replayDelivery;
    expect(delivery).toMatchObject({ eventType: 'crane.moved', isTest: false, replayOf: { id: old } });
    expect(delivery.id).not.toBe(old);
    expect(delivery.event.id).toBe((await row(old)).event_id);
    expect((await ended(delivery.id)).status).toBe('DELIVERED');
    const second = receiver.received.at(-1);
    expect(second?.body).toBe(first?.body);
    // So a receiver that has handled the event knows it again.
    expect(second?.headers['webhook-id']).toBe(delivery.event.id);
    expect(first?.headers['webhook-id']).toBe(delivery.event.id);
    const { delivery: shown } = await api.data(
      tenant.key,
      'query ($id: ID!) { delivery(id: $id) { replays { id } } }',
      {
        id: old,
      },
    );
    expect(shown.replays).toEqual([{ id: delivery.id }]);
  });

  it('is done once for an idempotency key, also when the click is retried at the same moment', async () => {
    const old = await delivered();
    const before = await count();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => api.data(tenant.key, replay, { id: old, key: 'click 1' })),
    );
    expect(new Set(answers.map(({ replayDelivery }) => replayDelivery.delivery.id)).size).toBe(1);
    expect(await count()).toBe(before + 1);
    await api.data(tenant.key, replay, { id: old, key: 'click 2' });
    expect(await count()).toBe(before + 2);
    const other = await delivered();
    expect(await api.refusal(tenant.key, replay, { id: other, key: 'click 1' })).toEqual({
      code: 'CONFLICT',
      field: 'input.idempotencyKey',
    });
    expect(await api.refusal(tenant.key, bulk, { ids: [old, other], key: 'click 1' })).toEqual({
      code: 'CONFLICT',
      field: 'input.idempotencyKey',
    });
    expect(await api.refusal(tenant.key, replay, { id: old, key: '' })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.idempotencyKey',
    });
  });

  it('keeps keys of different principals apart, and forgets them after 24 hours', async () => {
    const old = await delivered();
    const other = await api.key(tenant.key, { organizationId: tenant.organizationId, role: 'ADMIN' });
    const idBy = async (key: string) =>
      (await api.data(key, replay, { id: old, key: 'same key' })).replayDelivery.delivery.id;
    const first = await idBy(tenant.key);
    expect(await idBy(other)).not.toBe(first);
    expect(await idBy(tenant.key)).toBe(first);
    await pool.query(`UPDATE action_key SET expires_at = now() - interval '1 second' WHERE key = 'same key'`);
    expect(await idBy(tenant.key)).not.toBe(first);
  });

  it('of a hundred at once replays each once, in the order given, and 101 replay none', async () => {
    const old = await delivered();
    const ids = [old];
    await pool.query(
      `INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status)
       SELECT gen_random_uuid(), organization_id, project_id, webhook_id, event_id, event_type, 'FAILED'
         FROM delivery, generate_series(1, 100) WHERE id = $1`,
      [old],
    );
    const { rows } = await pool.query(`SELECT id FROM delivery WHERE status = 'FAILED' LIMIT 100`);
    ids.push(...rows.map(({ id }) => id));
    const before = await count();
    expect(await api.refusal(tenant.key, bulk, { ids })).toEqual({ code: 'LIMIT_EXCEEDED', field: 'input.ids' });
    expect(await count()).toBe(before);
    const { bulkReplayDeliveries } = await api.data(tenant.key, bulk, { ids: ids.slice(0, 100) });
    expect(bulkReplayDeliveries.deliveries.map(({ replayOf }: { replayOf: { id: string } }) => replayOf.id)).toEqual(
      ids.slice(0, 100),
    );
    expect(await count()).toBe(before + 100);
    for (const { id } of bulkReplayDeliveries.deliveries) expect((await ended(id)).status).toBe('DELIVERED');
  });

  it('of many large events sends at once what memory has room for, and leaves the others to the workflow', async () => {
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const silent = await new Receiver(async () => {
      await ended;
      return 200;
    }).listen();
    await api.eventType(tenant, 'ship.moored');
    const { id: slow } = await api.webhook(tenant, { url: silent.url, eventTypes: ['ship.moored'] });
    const old = await delivered();
    await pool.query(
      `UPDATE event SET data = to_json(repeat('.', 1000000)) WHERE id = (SELECT event_id FROM delivery WHERE id = $1)`,
      [old],
    );
    const { rows: olds } = await pool.query(
      `INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status)
       SELECT gen_random_uuid(), organization_id, project_id, $2, event_id, event_type, 'FAILED'
         FROM delivery, generate_series(1, 12) WHERE id = $1
       RETURNING id`,
      [old, slow],
    );
    await api.data(tenant.key, bulk, { ids: olds.map(({ id }) => id) });
    const { rows } = await pool.query(
      `SELECT count(*) FILTER (WHERE leased_by IS NOT NULL)::int AS leased, count(*)::int AS made
         FROM delivery WHERE webhook_id = $1 AND replay_of_id IS NOT NULL`,
      [slow],
    );
    const received = await silent.count(1);
    end();
    expect(rows[0].made).toBe(12);
    expect(rows[0].leased).toBeLessThanOrEqual(8);
    expect(JSON.parse(received[0]?.body as string).data).toHaveLength(1_000_000);
    await silent.close();
  });

  it('counts an id that is given twice once, and names inbound ones instead of sending them', async () => {
    const [one, two, foreign] = [await delivered(), await delivered(), await inbound()];
    const ids = [one, foreign, one.toUpperCase(), two, one, foreign];
    const { bulkReplayDeliveries } = await api.data(tenant.key, bulk, { ids });
    expect(bulkReplayDeliveries.deliveries.map((each: { replayOf: { id: string } }) => each.replayOf.id)).toEqual([
      one,
      two,
    ]);
    expect(bulkReplayDeliveries.skippedInboundIds).toEqual([foreign]);
    expect(await api.refusal(tenant.key, replay, { id: foreign })).toEqual({ code: 'CONFLICT', field: 'input.id' });
  });

  it('sends nothing at all where one of the ids is not to be seen', async () => {
    const stranger = await api.tenant();
    await api.eventType(stranger, 'crane.moved');
    const own = await delivered();
    const before = await count();
    const theirs = v7();
    await pool.query(
      `INSERT INTO delivery (id, organization_id, project_id, event_type, status) VALUES ($1, $2, $3, 'crane.moved', 'FAILED')`,
      [theirs, stranger.organizationId, stranger.projectId],
    );
    for (const id of [theirs, v7(), 'no id']) {
      expect(await api.refusal(tenant.key, bulk, { ids: [own, id] })).toEqual({
        code: 'NOT_FOUND',
        field: 'input.ids[1]',
      });
    }
    expect(await api.refusal(tenant.key, replay, { id: theirs })).toEqual({ code: 'NOT_FOUND', field: 'input.id' });
    expect(await count()).toBe(before + 1);
  });

  it('needs the permission DELIVERY_REPLAY', async () => {
    const old = await delivered();
    const reader = await api.key(tenant.key, {
      organizationId: tenant.organizationId,
      permissions: ['WEBHOOK_READ', 'WEBHOOK_MANAGE'],
    });
    expect(await api.refusal(reader, replay, { id: old })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await api.refusal(reader, bulk, { ids: [old] })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await api.refusal(reader, retry, { id: old })).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('is refused, saying what to do, where the webhook gets nothing', async () => {
    const other = await api.webhook(tenant, { url: receiver.url, eventTypes: ['crane.moved'] });
    const old = await delivered();
    await pool.query('UPDATE delivery SET webhook_id = $2 WHERE id = $1', [old, other.id]);
    const messageOf = async () => {
      const { errors } = await api.ask(tenant.key, bulk, { ids: [old] });
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'CONFLICT', field: 'input.ids[0]' });
      return errors?.[0]?.message;
    };
    await api.data(
      tenant.key,
      'mutation ($id: ID!) { setWebhookActive(input: { id: $id, active: false }) { webhook { id } } }',
      {
        id: other.id,
      },
    );
    expect(await messageOf()).toContain('setWebhookActive');
    await pool.query(`UPDATE webhook SET active = true WHERE id = $1`, [other.id]);
    await pool.query(`UPDATE webhook_state SET health = 'DISABLED' WHERE webhook_id = $1`, [other.id]);
    expect(await messageOf()).toContain('reEnableWebhook');
    await api.data(tenant.key, 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', {
      id: other.id,
    });
    expect(await messageOf()).toContain('deleted');
  });

  it('retries a waiting delivery at once, and refuses one that does not wait', async () => {
    answer = 503;
    const waiting = await delivered();
    expect(await row(waiting)).toMatchObject({ status: 'RETRYING', attempt_count: 1 });
    await pool.query(`UPDATE delivery SET next_attempt_at = now() + interval '2 hours' WHERE id = $1`, [waiting]);
    await api.data(tenant.key, retry, { id: waiting });
    const after = await row(waiting);
    expect(after.next_attempt_at.getTime()).toBeLessThanOrEqual(Date.now());
    expect(after.attempt_count).toBe(1);
    answer = 200;
    const done = await delivered();
    const { errors } = await api.ask(tenant.key, retry, { id: done });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'CONFLICT', field: 'input.id' });
    expect(errors?.[0]?.message).toContain('replayDelivery');
    expect(await api.refusal(tenant.key, retry, { id: v7() })).toEqual({ code: 'NOT_FOUND', field: 'input.id' });
  });

  it('publishes nothing under names and keys that are Everhook’s own', async () => {
    const events = (event: object) => ({ input: { projectId: tenant.projectId, events: [event] } });
    expect(await api.refusal(tenant.key, publish, events({ type: 'everhook.webhook.disabled', data: {} }))).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.events[0].type',
    });
    expect(
      await api.refusal(
        tenant.key,
        publish,
        events({ type: 'crane.moved', data: {}, idempotencyKey: 'everhook.health:1' }),
      ),
    ).toEqual({ code: 'VALIDATION_FAILED', field: 'input.events[0].idempotencyKey' });
  });

  it('leaves who replayed what in the audit log', async () => {
    const old = await delivered();
    const { replayDelivery } = await api.data(tenant.key, replay, { id: old });
    const { rows } = await pool.query(
      `SELECT after FROM audit_event WHERE target_id = $1 AND action = 'delivery.replayed'`,
      [old],
    );
    expect(rows).toEqual([{ after: { deliveryId: replayDelivery.delivery.id } }]);
    expect(webhookId).toBe((await row(old)).webhook_id);
  });
});
