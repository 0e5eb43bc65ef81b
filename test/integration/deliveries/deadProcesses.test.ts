import pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { sweepDeliveries } from '../../../core/sweep/deliveries.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { rowsRead } from '../../support/rowsRead.ts';
import { createTenant, createWebhook, type Tenant } from '../../support/tenant.ts';

const watch = { polls: 3, everyMs: 100 };

let database: TestDatabase;
let pool: pg.Pool;
let tenant: Tenant;
let webhookId: string;
/** Webhooks that the sweeps of a test have woken. */
let woken: string[];

beforeAll(async () => {
  database = await createDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 5 });
  tenant = await createTenant(pool);
  webhookId = (await createWebhook(pool, tenant, 'https://example.com/')).id;
});
beforeEach(async () => {
  woken = [];
  await pool.query('DELETE FROM delivery');
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const sweep = (how = watch, of = pool) => sweepDeliveries(of, (id) => void woken.push(id), how);

/** A process that was heard of last so long ago, and has leased a delivery. */
async function holder(silentSeconds: number): Promise<string> {
  const id = v7();
  await pool.query(
    `INSERT INTO process (id, kind, heartbeat_at) VALUES ($1, 'api', now() - $2 * interval '1 second')`,
    [id, silentSeconds],
  );
  await leasedBy(id);
  return id;
}

const leasedBy = (id: string) =>
  pool.query(
    `INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status, leased_by)
     VALUES ($1, $2, $3, $4, $5, 'crane.moved', 'SENDING', $6)`,
    [v7(), tenant.organizationId, tenant.projectId, webhookId, v7(), id],
  );

const beats = (id: string) => pool.query('UPDATE process SET heartbeat_at = now() WHERE id = $1', [id]);

it('releases what a process leased that stays silent however often it is looked at', async () => {
  await holder(60);
  expect(await sweep()).toBe(1);
  expect(woken).toEqual([webhookId]);
});

it('releases nothing of a process that is heard of again while it is watched: the database was away, not it', async () => {
  const id = await holder(60);
  const swept = sweep();
  await new Promise((resolve) => setTimeout(resolve, 150));
  await beats(id);
  expect(await swept).toBe(0);
  expect(woken).toEqual([]);
});

it('watches a process that has been silent for a while, and gives it the time that every process has', async () => {
  await holder(6);
  expect(await sweep()).toBe(0);
});

it('concludes nothing from a database that answers late, as after it hung', async () => {
  const id = await holder(60);
  const client = await pool.connect();
  const swept = sweep({ polls: 1, everyMs: 300 });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await client.query('BEGIN; LOCK TABLE process IN ACCESS EXCLUSIVE MODE');
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await client.query('COMMIT');
  client.release();
  expect(await swept).toBe(0);
  await beats(id);
});

it('releases at once what belongs to a process that said goodbye', async () => {
  await leasedBy(v7());
  const beganAt = performance.now();
  expect(await sweep({ polls: 3, everyMs: 60_000 })).toBe(1);
  expect(performance.now() - beganAt).toBeLessThan(30_000);
});

/** Overdue deliveries of the webhook that no process leases. */
const overdue = (id: string, count: number, inSeconds = -60) =>
  pool.query(
    `INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status, next_attempt_at)
     SELECT gen_random_uuid(), $1, $2, $3, gen_random_uuid(), 'crane.moved', 'RETRYING', now() + $4 * interval '1 second'
       FROM generate_series(1, $5::int)`,
    [tenant.organizationId, tenant.projectId, id, inSeconds, count],
  );

it('wakes the webhook of what it releases though it cannot look for what is overdue, and says so', async () => {
  await leasedBy(v7());
  const slow = {
    connect: () => pool.connect(),
    query: async (given: string | { text: string }, values?: unknown[]) => {
      const text = typeof given === 'string' ? given : given.text;
      if (text.includes('RETRYING') && !text.includes('UPDATE')) throw new Error('statement timeout');
      return pool.query(given as string, values);
    },
  } as unknown as pg.Pool;
  await expect(sweep(watch, slow)).rejects.toThrow('statement timeout');
  expect(woken).toEqual([webhookId]);
});

it('wakes every webhook with an overdue delivery, and reads one delivery of each, however many there are', async () => {
  const others: string[] = [];
  for (let made = 0; made < 3; made++) others.push((await createWebhook(pool, tenant, 'https://example.com/')).id);
  const [second, third, waiting] = others as [string, string, string];
  await overdue(webhookId, 5_000);
  await overdue(second, 2);
  await overdue(third, 1);
  await overdue(waiting, 3, 60);
  await pool.query('ANALYZE delivery');
  const counting = rowsRead(pool, 'delivery');
  expect(await sweep(watch, counting.pool)).toBe(0);
  expect(woken.sort()).toEqual([webhookId, second, third].sort());
  expect(counting.rows).toBeLessThan(20);
});
