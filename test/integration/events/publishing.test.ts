import pg from 'pg';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Dispatch, startDispatch } from '../../../core/composition/dispatch.ts';
import { createMetrics } from '../../../core/composition/metrics.ts';
import { digestOf } from '../../../core/events/idempotency.ts';
import { createSender } from '../../../core/sender/sender.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { Receiver } from '../../support/receiver.ts';
import { createTenant, createWebhook, type Tenant } from '../../support/tenant.ts';

const log = pino({ level: 'silent' });

describe('publishing', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let tenant: Tenant;
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 10 });
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  async function dispatch(
    wakes: string[] = [],
    limits = { perProcess: 256, perWebhook: 64 },
    pools: { pool: pg.Pool; hotPool?: pg.Pool } = { pool },
  ): Promise<Dispatch> {
    const sender = createSender({ allowHttp: true, allowedPrivateRanges: ['127.0.0.0/8'], userAgent: 'Everhook/test' });
    const started = await startDispatch({
      ...pools,
      keys: tenant.keys,
      sender,
      notifier: { changed() {}, close: async () => {} },
      signal: async (webhookId) => void wakes.push(webhookId),
      limits,
      metrics: createMetrics(),
      log,
    });
    closing.push(async () => {
      await started.close();
      await sender.close();
    });
    return started;
  }

  async function receiver(...answer: ConstructorParameters<typeof Receiver>): Promise<Receiver> {
    const made = await new Receiver(...answer).listen();
    closing.push(() => made.close());
    return made;
  }

  const scope = () => ({ organizationId: tenant.organizationId, projectId: tenant.projectId });

  function event(data: string, idempotencyKey: string | null = null, type = 'crane.moved') {
    const now = new Date();
    const input = { type, data, parsed: null, previous: null, occurredAt: null, idempotencyKey, labels: [] };
    return {
      event: { id: v7(), ...scope(), type, data, occurredAt: now, createdAt: now, labels: [] },
      previous: null,
      idempotencyKey,
      digest: idempotencyKey === null ? null : digestOf(input),
    };
  }

  const statuses = async (webhookId: string) =>
    (
      await pool.query(
        'SELECT status, count(*)::int AS count FROM delivery WHERE webhook_id = $1 GROUP BY 1 ORDER BY 1',
        [webhookId],
      )
    ).rows;

  it('delivers an event to every webhook that takes its type, and records the attempts', async () => {
    tenant = await createTenant(pool);
    const [all, some, none] = [await receiver(), await receiver(), await receiver()];
    const everything = await createWebhook(pool, tenant, all.url);
    const chosen = await createWebhook(pool, tenant, some.url, { eventTypes: ['crane.moved'], organizationWide: true });
    const other = await createWebhook(pool, tenant, none.url, { eventTypes: ['berth.freed'] });
    const { commits, dispatcher } = await dispatch();
    const [published] = await commits.store(scope(), [event('{"crane":"STS 7","bay":12.50}')]);
    await Promise.all([all.count(1), some.count(1)]);
    while (dispatcher.open > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(all.received[0]?.body).toContain('"data":{"crane":"STS 7","bay":12.50}');
    expect(await statuses(everything.id)).toEqual([{ status: 'DELIVERED', count: 1 }]);
    expect(await statuses(chosen.id)).toEqual([{ status: 'DELIVERED', count: 1 }]);
    expect(await statuses(other.id)).toEqual([]);
    const { rows } = await pool.query('SELECT data::text FROM event WHERE id = $1', [published?.id]);
    expect(rows).toEqual([{ data: '{"crane":"STS 7","bay":12.50}' }]);
  });

  it('stores events and records attempts while queries hold every connection that is not for that alone', async () => {
    tenant = await createTenant(pool);
    const received = await receiver();
    const webhook = await createWebhook(pool, tenant, received.url);
    const shared = new pg.Pool({ connectionString: database.url, max: 2 });
    closing.push(() => shared.end());
    const { commits, dispatcher } = await dispatch([], undefined, { pool: shared, hotPool: pool });
    await commits.store(scope(), [event('{"n":1}')]);
    const held = await Promise.all([shared.connect(), shared.connect()]);
    try {
      await commits.store(scope(), [event('{"n":2}')]);
      await received.count(2);
      while (dispatcher.open > 0) await new Promise((resolve) => setImmediate(resolve));
      expect(await statuses(webhook.id)).toEqual([{ status: 'DELIVERED', count: 2 }]);
    } finally {
      for (const client of held) client.release();
    }
  });

  it('sees a webhook that was made after the routes were cached', async () => {
    tenant = await createTenant(pool);
    const { commits } = await dispatch();
    await commits.store(scope(), [event('{}')]);
    const late = await receiver();
    await createWebhook(pool, tenant, late.url);
    await commits.store(scope(), [event('{"second":true}')]);
    await late.count(1);
    expect(late.received[0]?.body).toContain('"second":true');
  });

  it('refuses the events of an organization whose webhooks cannot be opened, and of nobody else', async () => {
    const locked = await createTenant(pool);
    await createWebhook(pool, locked, 'http://127.0.0.1:9/');
    tenant = await createTenant(pool);
    const there = await receiver();
    await createWebhook(pool, tenant, there.url);
    // With this tenant's keys, not with those that sealed the other one's secret.
    const { commits } = await dispatch();
    const [refused, accepted] = await Promise.allSettled([
      commits.store({ organizationId: locked.organizationId, projectId: locked.projectId }, [event('{}')]),
      commits.store(scope(), [event('{}')]),
    ]);
    // Trying again does not help before the operator has put the key back.
    const reason = { code: 'UNAVAILABLE', message: expect.stringContaining('EVERHOOK_ENCRYPTION_KEYS') };
    expect(refused).toMatchObject({ status: 'rejected', reason: { ...reason, retryAfterSeconds: undefined } });
    expect(accepted).toMatchObject({ status: 'fulfilled' });
    await there.count(1);
  });

  it('refuses what the database will not take, and of its group only that', async () => {
    tenant = await createTenant(pool);
    const { commits } = await dispatch();
    // Two keys here, and one there: what is no character becomes U+FFFD. The API refuses such keys.
    const [refused, ...accepted] = await Promise.allSettled([
      commits.store(scope(), [event('{"n":1}', '\ud800'), event('{"n":2}', '\ud801')]),
      commits.store(scope(), [event('{"n":3}')]),
      commits.store(scope(), [event('{"n":4}', 'order-4')]),
    ]);
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'UNAVAILABLE' } });
    expect(accepted.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    const { rows } = await pool.query('SELECT data::text FROM event WHERE project_id = $1 ORDER BY 1', [
      tenant.projectId,
    ]);
    expect(rows).toEqual([{ data: '{"n":3}' }, { data: '{"n":4}' }]);
  });

  it('takes 64 MiB of events that wait for the database, and asks for patience beyond', async () => {
    tenant = await createTenant(pool);
    const { commits } = await dispatch();
    const client = await pool.connect();
    // Nothing of this organization is stored before this transaction ends.
    await client.query('BEGIN');
    await client.query('SELECT FROM organization WHERE id = $1 FOR UPDATE', [tenant.organizationId]);
    const large = JSON.stringify({ log: 'x'.repeat(8 * 1024 * 1024 - 100) });
    const calls = Array.from({ length: 8 }, () => commits.store(scope(), [event(large)]));
    expect(() => commits.store(scope(), [event(large)])).toThrow('More events are coming in than can be stored');
    await client.query('COMMIT');
    client.release();
    expect(await Promise.all(calls)).toHaveLength(8);
  });

  it('returns the first call’s event for a repeated key, and delivers once', async () => {
    tenant = await createTenant(pool);
    const there = await receiver();
    await createWebhook(pool, tenant, there.url);
    const { commits, dispatcher } = await dispatch();
    const [first] = await commits.store(scope(), [event('{"n":1}', 'order-1')]);
    const [again, fresh] = await commits.store(scope(), [event('{"n":1}', 'order-1'), event('{"n":2}', 'order-2')]);
    expect(again?.id).toBe(first?.id);
    expect(fresh?.id).not.toBe(first?.id);
    await there.count(2);
    while (dispatcher.open > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(there.received).toHaveLength(2);
  });

  it('makes one event of calls with the same key that come at once, in one process and in two', async () => {
    tenant = await createTenant(pool);
    const processes = [await dispatch(), await dispatch()];
    const calls = Array.from({ length: 40 }, (_, index) =>
      (processes[index % 2] as Dispatch).commits.store(scope(), [event('{"n":1}', 'same')]),
    );
    const ids = new Set((await Promise.all(calls)).map(([published]) => published?.id));
    expect(ids.size).toBe(1);
    const { rows } = await pool.query('SELECT id FROM event WHERE project_id = $1', [tenant.projectId]);
    expect(rows).toHaveLength(1);
  });

  it('refuses a key that stands for other content, and stores nothing of that call', async () => {
    tenant = await createTenant(pool);
    const { commits } = await dispatch();
    await commits.store(scope(), [event('{"n":1}', 'order-1')]);
    const call = commits.store(scope(), [event('{"n":2}'), event('{"n":3}', 'order-1')]);
    await expect(call).rejects.toMatchObject({ code: 'CONFLICT', field: 'input.events[1].idempotencyKey' });
    const { rows } = await pool.query('SELECT data::text FROM event WHERE project_id = $1', [tenant.projectId]);
    expect(rows).toEqual([{ data: '{"n":1}' }]);
  });

  it('refuses two events of one call that give one key to different content', async () => {
    tenant = await createTenant(pool);
    const { commits } = await dispatch();
    const call = commits.store(scope(), [event('{"n":1}', 'k'), event('{"n":2}', 'k')]);
    await expect(call).rejects.toMatchObject({ code: 'CONFLICT', field: 'input.events[1].idempotencyKey' });
  });

  it('lets a key be used anew after 24 hours', async () => {
    tenant = await createTenant(pool);
    const { commits } = await dispatch();
    const [first] = await commits.store(scope(), [event('{"n":1}', 'order-1')]);
    await pool.query(`UPDATE idempotency_key SET expires_at = now() - interval '1 second' WHERE scope_id = $1`, [
      tenant.projectId,
    ]);
    const [second] = await commits.store(scope(), [event('{"n":2}', 'order-1')]);
    expect(second?.id).not.toBe(first?.id);
  });

  it('hands a failed first attempt to the webhook’s workflow, due by its schedule', async () => {
    tenant = await createTenant(pool);
    const failing = await receiver(() => ({ code: 503, headers: { 'retry-after': '1' }, body: 'not now' }));
    const webhook = await createWebhook(pool, tenant, failing.url, { scheduleMs: [60_000] });
    const wakes: string[] = [];
    const { commits, dispatcher } = await dispatch(wakes);
    await commits.store(scope(), [event('{}')]);
    await failing.count(1);
    while (dispatcher.open > 0) await new Promise((resolve) => setImmediate(resolve));
    const { rows } = await pool.query(
      `SELECT status, status_reason, attempt_count, leased_by, response_code,
              extract(epoch FROM next_attempt_at - changed_at)::float AS due_in FROM delivery WHERE webhook_id = $1`,
      [webhook.id],
    );
    expect(rows[0]).toMatchObject({
      status: 'RETRYING',
      status_reason: 'The receiver answered 503.',
      attempt_count: 1,
      leased_by: null,
      response_code: 503,
    });
    expect(rows[0].due_in).toBeGreaterThan(53);
    expect(rows[0].due_in).toBeLessThan(67);
    await closing.pop()?.();
    expect(wakes).toEqual([webhook.id]);
  });

  it('does not let a receiver that never answers hold up the others, and leaves its queue to its workflow', async () => {
    tenant = await createTenant(pool);
    const dead = await receiver(() => null);
    const well = await receiver();
    const stuck = await createWebhook(pool, tenant, dead.url, { timeoutMs: 2_500 });
    const healthy = await createWebhook(pool, tenant, well.url);
    const wakes: string[] = [];
    const { commits, dispatcher } = await dispatch(wakes, { perProcess: 8, perWebhook: 4 });
    await Promise.all(Array.from({ length: 50 }, (_, n) => commits.store(scope(), [event(`{"n":${n}}`)])));
    await well.count(50);
    expect(await statuses(healthy.id)).toContainEqual({ status: 'DELIVERED', count: expect.any(Number) });
    while (dispatcher.open > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const left = await statuses(stuck.id);
    expect(left).toEqual([
      { status: 'PENDING', count: 46 },
      { status: 'RETRYING', count: 4 },
    ]);
    expect(wakes).toContain(stuck.id);
  });

  it('leaves what is queued to the workflows when the process is asked to end', async () => {
    tenant = await createTenant(pool);
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const slow = await receiver(async () => {
      await gate;
      return 200;
    });
    const webhook = await createWebhook(pool, tenant, slow.url);
    const started = await dispatch([], { perProcess: 2, perWebhook: 2 });
    await started.commits.store(
      scope(),
      Array.from({ length: 10 }, (_, n) => event(`{"n":${n}}`)),
    );
    await slow.count(2);
    const closed = closing.pop()?.();
    release();
    await closed;
    expect(await statuses(webhook.id)).toEqual([
      { status: 'PENDING', count: 8 },
      { status: 'DELIVERED', count: 2 },
    ]);
  });
});
