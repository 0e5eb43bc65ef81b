import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { openFastLane } from '../../support/fastLane.ts';
import { Receiver } from '../../support/receiver.ts';
import { callEvents, createTenant, createWebhook, type Tenant } from '../../support/tenant.ts';

describe('where somebody holds the rows of an organization', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  beforeAll(async () => {
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 8 });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const statuses = async ({ organizationId }: Tenant): Promise<Record<string, number>> => {
    const { rows } = await pool.query<{ status: string; count: number }>(
      'SELECT status::text, count(*)::int AS count FROM delivery WHERE organization_id = $1 GROUP BY 1',
      [organizationId],
    );
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
  };

  it.each([
    ['a webhook’s state', 'SELECT FROM webhook_state WHERE webhook_id = $1 FOR SHARE'],
    ['its deliveries', 'SELECT FROM delivery WHERE webhook_id = $1 FOR UPDATE'],
  ])('its attempts are recorded once those are free, and those of others at once: %s', async (_, lock) => {
    const held = await createTenant(pool);
    const others = [0, 1, 2].map(async () => ({ ...(await createTenant(pool)), keys: held.keys }));
    const tenants = [held, ...(await Promise.all(others))];
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const receiver = await new Receiver(() => answered.then(() => 200)).listen();
    const webhooks: string[] = [];
    for (const tenant of tenants) webhooks.push((await createWebhook(pool, tenant, receiver.url)).id);
    const { dispatcher, commits, close } = openFastLane(pool, held.keys, 64);
    const store = (count: number) =>
      Promise.all(tenants.map((tenant) => commits.store(tenant, callEvents(tenant, 'crane.moved', count))));
    await store(3);
    await receiver.count(12);
    const holder = await pool.connect();
    onTestFinished(() => holder.release(true));
    await holder.query('BEGIN');
    await holder.query(lock, [webhooks[0]]);
    answer();
    // They may have been of one batch: it fails after a second, once.
    for (const tenant of tenants.slice(1)) {
      await expect.poll(() => statuses(tenant), { timeout: 10_000 }).toEqual({ DELIVERED: 3 });
    }
    expect(await statuses(held)).toEqual({ SENDING: 3 });
    const other = tenants[1] as Tenant;
    await commits.store(other, callEvents(other, 'crane.moved', 2));
    await expect.poll(() => statuses(other), { timeout: 10_000 }).toEqual({ DELIVERED: 5 });
    // The end of the process waits for what is not recorded.
    let closed = false;
    const closing = close().then(() => {
      closed = true;
    });
    expect(await statuses(held)).toEqual({ SENDING: 3 });
    expect([closed, dispatcher.open]).toEqual([false, 3]);
    await holder.query('COMMIT');
    await closing;
    expect(await statuses(held)).toEqual({ DELIVERED: 3 });
    expect(dispatcher.open).toBe(0);
    const { rows } = await pool.query(
      'SELECT count(*)::int AS attempts FROM attempt a JOIN delivery d ON d.id = a.delivery_id WHERE d.organization_id = $1',
      [held.organizationId],
    );
    expect(rows).toEqual([{ attempts: 3 }]);
    await receiver.close();
  });
});
