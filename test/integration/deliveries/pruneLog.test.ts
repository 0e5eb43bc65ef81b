import fc from 'fast-check';
import pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pruneLog } from '../../../core/deliveries/pruneLog.ts';
import { firstIdOf, timeOfId } from '../../../core/ground/idTime.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { rowsRead } from '../../support/rowsRead.ts';
import { createTenant, createWebhook, type Tenant } from '../../support/tenant.ts';

const day = 86_400_000;

describe('the delivery log that is kept for 30 days', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let tenant: Tenant;
  let webhookId: string;

  beforeAll(async () => {
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 4 });
    tenant = await createTenant(pool);
    webhookId = (await createWebhook(pool, tenant, 'https://example.com/')).id;
  });
  beforeEach(() => pool.query('TRUNCATE event, delivery, attempt, event_label, delivery_label, log_horizon'));
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const idOf = (days: number) => v7({ msecs: Date.now() - days * day });

  async function event(days: number): Promise<string> {
    const id = idOf(days);
    await pool.query(
      `INSERT INTO event (id, organization_id, project_id, type, data, occurred_at) VALUES ($1, $2, $3, 'crane.moved', '{}', now())`,
      [id, tenant.organizationId, tenant.projectId],
    );
    return id;
  }

  async function delivery(days: number, eventId: string, status = 'DELIVERED', replayOfId: string | null = null) {
    const id = idOf(days);
    const waits = status === 'RETRYING';
    await pool.query(
      `INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status, attempt_count, next_attempt_at, replay_of_id)
       VALUES ($1, $2, $3, $4, $5, 'crane.moved', $6, 1, $7, $8)`,
      [id, tenant.organizationId, tenant.projectId, webhookId, eventId, status, waits ? new Date() : null, replayOfId],
    );
    await pool.query(
      `INSERT INTO attempt (delivery_id, number, started_at, duration_ms, outcome) VALUES ($1, 1, now(), 3, 'SUCCEEDED')`,
      [id],
    );
    return id;
  }

  const left = async (table: string, column = 'id') =>
    (await pool.query(`SELECT ${column} AS id FROM ${table} ORDER BY 1`)).rows.map(({ id }) => id);

  it('loses what ended before, with its attempts and its event, and nothing younger', async () => {
    const [old, young] = [await event(31), await event(29)];
    for (const status of ['DELIVERED', 'FAILED', 'CANCELLED']) await delivery(31, old, status);
    const kept = await delivery(29, young);
    expect(await pruneLog(pool, 30 * day, 5_000)).toEqual({ deliveries: 3, events: 1 });
    expect(await left('event')).toEqual([young]);
    expect(await left('delivery')).toEqual([kept]);
    expect(await left('attempt', 'delivery_id')).toEqual([kept]);
  });

  it('loses the labels of what it loses, and no others', async () => {
    const [old, young] = [await event(31), await event(29)];
    const [gone, kept] = [await delivery(31, old), await delivery(29, young)];
    for (const [eventId, deliveryId] of [
      [old, gone],
      [young, kept],
    ]) {
      await pool.query(`UPDATE event SET labels = '{"customer": "c_42", "plan": "pro"}' WHERE id = $1`, [eventId]);
      for (const [table, id] of [
        ['event', eventId],
        ['delivery', deliveryId],
      ]) {
        await pool.query(
          `INSERT INTO ${table}_label (organization_id, key, value, event_type, ${table}_id)
           VALUES ($1, 'customer', 'c_42', 'crane.moved', $2), ($1, 'plan', 'pro', 'crane.moved', $2)`,
          [tenant.organizationId, id],
        );
      }
    }
    expect(await pruneLog(pool, 30 * day, 5_000)).toEqual({ deliveries: 1, events: 1 });
    expect(await left('event_label', 'event_id')).toEqual([young, young]);
    expect(await left('delivery_label', 'delivery_id')).toEqual([kept, kept]);
  });

  it('keeps what still waits, however old, and the event of a younger replay', async () => {
    const [waiting, replayed] = [await event(90), await event(80)];
    const retrying = await delivery(90, waiting, 'RETRYING');
    const original = await delivery(80, replayed);
    const replay = await delivery(1, replayed, 'DELIVERED', original);
    expect(await pruneLog(pool, 30 * day, 5_000)).toEqual({ deliveries: 1, events: 0 });
    expect(await left('event')).toEqual([waiting, replayed]);
    expect(await left('delivery')).toEqual([retrying, replay]);
  });

  it('keeps an event that somebody is about to deliver again', async () => {
    const old = await event(31);
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT FROM event WHERE id = $1 FOR SHARE', [old]);
    expect(await pruneLog(pool, 30 * day, 5_000)).toEqual({ deliveries: 0, events: 0 });
    await client.query('COMMIT');
    client.release();
    expect(await pruneLog(pool, 30 * day, 5_000)).toEqual({ deliveries: 0, events: 1 });
  });

  it('keeps an event whose new delivery is stored while it looks for events without one', async () => {
    const old = await event(31);
    // As a replay: it locks the event and stores the delivery.
    const replaying = await pool.connect();
    await replaying.query('BEGIN');
    await replaying.query('SELECT FROM event WHERE id = $1 FOR SHARE', [old]);
    // It stands still between what it reads and what it locks, as on a busy machine.
    const gate = await pool.connect();
    await gate.query('BEGIN; SELECT pg_advisory_xact_lock(7)');
    await pool.query(
      `CREATE FUNCTION stands_still(uuid) RETURNS boolean LANGUAGE sql VOLATILE AS 'SELECT pg_advisory_xact_lock_shared(7) IS NOT NULL'`,
    );
    const slow = {
      query: pool.query.bind(pool),
      async connect() {
        const client = await pool.connect();
        const query = client.query.bind(client);
        return Object.assign(Object.create(client), {
          query: (given: string | { text: string; values: unknown[] }) =>
            typeof given === 'string' || !given.text.includes('SKIP LOCKED')
              ? query(given as never)
              : query(given.text.replace('FOR UPDATE OF e', 'AND stands_still(e.id) FOR UPDATE OF e'), given.values),
          release: (broken: boolean) => client.release(broken),
        });
      },
    } as unknown as pg.Pool;
    const pruning = pruneLog(slow, 30 * day, 5_000);
    await expect
      .poll(
        async () => (await gate.query(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`)).rowCount,
        {
          timeout: 10_000,
        },
      )
      .toBe(1);
    const made = v7();
    await replaying.query(
      `INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status)
       VALUES ($1, $2, $3, $4, $5, 'crane.moved', 'DELIVERED')`,
      [made, tenant.organizationId, tenant.projectId, webhookId, old],
    );
    await replaying.query('COMMIT');
    replaying.release();
    await gate.query('COMMIT');
    gate.release();
    expect(await pruning).toEqual({ deliveries: 0, events: 0 });
    expect(await left('event')).toEqual([old]);
    expect(await left('delivery')).toEqual([made]);
  });

  it('is pruned in parts, so that a long log is pruned by many calls', async () => {
    await pool.query(
      `INSERT INTO event (id, organization_id, type, data, occurred_at)
       SELECT ($1 || lpad(to_hex(n), 12, '0'))::uuid, $2, 'crane.moved', '{}', now() FROM generate_series(1, 5000) AS n`,
      [firstIdOf(Date.now() - 40 * day).slice(0, 24), tenant.organizationId],
    );
    expect(await pruneLog(pool, 30 * day, 5_000)).toEqual({ deliveries: 0, events: 5_000 });
    expect(await pruneLog(pool, 30 * day, 0)).toEqual({ deliveries: 0, events: 0 });
  });

  describe('where old deliveries are held, more than one statement reads,', () => {
    const held = (days: number, count: number) =>
      pool.query(
        `INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status)
         SELECT ($1 || lpad(to_hex(n), 12, '0'))::uuid, $2, $3, $4, gen_random_uuid(), 'crane.moved', 'HELD'
           FROM generate_series(1, $5::int) AS n`,
        [firstIdOf(Date.now() - days * day).slice(0, 24), tenant.organizationId, tenant.projectId, webhookId, count],
      );
    const prune = (ms: number) => pruneLog(pool, 30 * day, ms);

    it('loses all that has ended behind them, and each statement reads a bounded part', async () => {
      await held(90, 5_000);
      for (let made = 0; made < 3; made++) await delivery(80, await event(80));
      await pool.query('ANALYZE delivery');
      const counting = rowsRead(pool, 'delivery');
      expect(await pruneLog(counting.pool, 30 * day, 60_000)).toEqual({ deliveries: 3, events: 3 });
      expect(counting.most).toBeLessThan(2_100);
      expect(await left('event')).toEqual([]);
    });

    it('goes on behind them with the next call where the time is over, and leaves events their part of it', async () => {
      await event(100);
      await held(90, 5_000);
      await delivery(80, await event(80));
      const last = await delivery(31, v7());
      expect(await prune(0)).toEqual({ deliveries: 0, events: 1 });
      expect(await prune(0)).toEqual({ deliveries: 0, events: 0 });
      expect(await prune(0)).toEqual({ deliveries: 2, events: 1 });
      expect(await left('delivery')).not.toContain(last);
      // What becomes old comes behind that; what ends before it is found when the walk begins again, an hour later.
      const [first] = await left('delivery');
      await pool.query(`UPDATE delivery SET status = 'DELIVERED' WHERE id = $1`, [first]);
      await delivery(30.5, v7());
      expect(await prune(60_000)).toEqual({ deliveries: 1, events: 0 });
      await pool.query(`UPDATE log_horizon SET deliveries_began_at = now() - interval '61 minutes'`);
      expect(await prune(60_000)).toEqual({ deliveries: 0, events: 0 });
      expect(await prune(60_000)).toEqual({ deliveries: 1, events: 0 });
      expect(await left('delivery')).not.toContain(first);
    });
  });

  it('is divided by time: every id made before comes before, and none made later', () => {
    fc.assert(
      fc.property(fc.nat({ max: 4e12 }), fc.nat({ max: 4e12 }), (at, made) => {
        const id = v7({ msecs: made });
        expect(id < firstIdOf(at)).toBe(made < at);
        expect(timeOfId(id)).toBe(made);
      }),
    );
  });
});
