import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { openFastLane } from '../../support/fastLane.ts';
import { Receiver } from '../../support/receiver.ts';
import { callEvents, createTenant, createWebhook } from '../../support/tenant.ts';

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 5 });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** A fast lane for one webhook, whose receiver answers when it is told to. */
async function lane() {
  const tenant = await createTenant(pool);
  const { dispatcher, commits, lease, woken, close } = openFastLane(pool, tenant.keys, 2);
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const receiver = await new Receiver(async () => {
    await answered;
    return 200;
  }).listen();
  const webhook = await createWebhook(pool, tenant, receiver.url);
  await commits.store(tenant, callEvents(tenant, 'crane.moved', 10));
  await receiver.count(2);
  return {
    lease,
    webhook,
    answer,
    /** What became of the ten, once none of them is this process's. */
    async left() {
      while (dispatcher.open > 0) await new Promise((resolve) => setImmediate(resolve));
      const { rows } = await pool.query(
        'SELECT status, count(*)::int FROM delivery WHERE webhook_id = $1 AND leased_by IS NULL GROUP BY status ORDER BY status',
        [webhook.id],
      );
      await close();
      await receiver.close();
      return { rows, requests: receiver.received.length, woken };
    },
  };
}

const onlyFirst = [
  { status: 'PENDING', count: 8 },
  { status: 'DELIVERED', count: 2 },
];

it('a process that lost its lease sends nothing more of what it has queued, and leaves it to the workflows', async () => {
  const { lease, webhook, answer, left } = await lane();
  lease.valid = false;
  answer();
  expect(await left()).toEqual({ rows: onlyFirst, requests: 2, woken: [webhook.id] });
});

it('what is queued is left to the workflows once its webhook has changed, and is not sent as it was', async () => {
  const { webhook, answer, left } = await lane();
  await pool.query('UPDATE webhook SET updated_at = now() WHERE id = $1', [webhook.id]);
  // The two under way hold both slots until the queue is gone.
  await expect
    .poll(async () => {
      const { rows } = await pool.query(
        'SELECT count(*)::int AS queued FROM delivery WHERE webhook_id = $1 AND leased_by IS NOT NULL',
        [webhook.id],
      );
      return rows[0].queued;
    })
    .toBe(2);
  answer();
  expect(await left()).toEqual({ rows: onlyFirst, requests: 2, woken: [webhook.id] });
});
