import pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { sweepDeliveries } from '../../../core/sweep/deliveries.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { createTenant, createWebhook, type Tenant } from '../../support/tenant.ts';

const watch = { polls: 3, everyMs: 100 };

let database: TestDatabase;
let pool: pg.Pool;
let tenant: Tenant;
let webhookId: string;

beforeAll(async () => {
  database = await createDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 5 });
  tenant = await createTenant(pool);
  webhookId = (await createWebhook(pool, tenant, 'https://example.com/')).id;
});
beforeEach(async () => {
  await pool.query('DELETE FROM delivery');
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

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
  expect(await sweepDeliveries(pool, watch)).toEqual({ released: 1, webhookIds: [webhookId] });
});

it('releases nothing of a process that is heard of again while it is watched: the database was away, not it', async () => {
  const id = await holder(60);
  const swept = sweepDeliveries(pool, watch);
  await new Promise((resolve) => setTimeout(resolve, 150));
  await beats(id);
  expect(await swept).toEqual({ released: 0, webhookIds: [] });
});

it('watches a process that has been silent for a while, and gives it the time that every process has', async () => {
  await holder(6);
  expect((await sweepDeliveries(pool, watch)).released).toBe(0);
});

it('concludes nothing from a database that answers late, as after it hung', async () => {
  const id = await holder(60);
  const client = await pool.connect();
  const swept = sweepDeliveries(pool, { polls: 1, everyMs: 300 });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await client.query('BEGIN; LOCK TABLE process IN ACCESS EXCLUSIVE MODE');
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await client.query('COMMIT');
  client.release();
  expect((await swept).released).toBe(0);
  await beats(id);
});

it('releases at once what belongs to a process that said goodbye', async () => {
  await leasedBy(v7());
  const beganAt = performance.now();
  expect((await sweepDeliveries(pool, { polls: 3, everyMs: 60_000 })).released).toBe(1);
  expect(performance.now() - beganAt).toBeLessThan(30_000);
});
