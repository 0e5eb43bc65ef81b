import pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTenants, type TenantSort, type TenantSummary } from '../../../core/stats/tenants.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { slowness } from '../../support/slowness.ts';

const many = 10_000;

describe('the list of tenants', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  const ids = Array.from({ length: many }, () => v7());
  const [oldest = '', noisy = '', unwell = '', busy = ''] = ids;
  const newest = ids.at(-1);

  /** Every tenant has a webhook; some have more to tell. */
  beforeAll(async () => {
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 4 });
    const fill = async (text: string, values: unknown[] = []) => void (await pool.query(text, values));
    await fill(
      `INSERT INTO organization (id, name, external_id) SELECT id, 'Tenant ' || n, 'ext-' || n FROM unnest($1::uuid[]) WITH ORDINALITY t(id, n)`,
      [ids],
    );
    await fill(
      `INSERT INTO project (id, organization_id, name, profile) SELECT gen_random_uuid(), id, 'Quay', 'STANDARD' FROM organization`,
    );
    await fill(`INSERT INTO webhook (id, organization_id, name, profile, url, event_types)
                SELECT gen_random_uuid(), id, 'Board', 'STANDARD', 'https://board.example/', '{}' FROM organization`);
    await fill(`INSERT INTO webhook_state (webhook_id, organization_id) SELECT id, organization_id FROM webhook`);
    await fill(`UPDATE webhook_state SET health = 'DISABLED' WHERE organization_id = $1`, [unwell]);
    // An hour of everybody's deliveries, minute by minute: what the noisiest are found among.
    await fill(`INSERT INTO delivery_minute (organization_id, webhook_id, at, delivered, failed, cancelled, times)
                SELECT organization_id, id, date_trunc('minute', now()) - minute * interval '1 minute', 3, 1, 0, '{}'
                  FROM webhook, generate_series(0, 50, 5) minute`);
    await fill(`UPDATE delivery_minute SET delivered = 500, failed = 0 WHERE organization_id = $1`, [busy]);
    await fill(
      `INSERT INTO delivery_minute (organization_id, webhook_id, at, delivered, failed, cancelled, times)
       SELECT $1, id, now() - interval '30 hours', 0, 900, 0, '{}' FROM webhook WHERE organization_id = $1`,
      [busy],
    );
    const events = Array.from({ length: 40 }, () => v7());
    await fill(
      `INSERT INTO event (id, organization_id, type, data, occurred_at) SELECT id, $1, 'crane.moved', '{}', now() FROM unnest($2::uuid[]) id`,
      [noisy, events],
    );
    await fill(
      `INSERT INTO delivery (id, organization_id, webhook_id, event_type, status, next_attempt_at)
       SELECT gen_random_uuid(), $1, webhook.id, 'crane.moved', status::delivery_status, CASE WHEN status IN ('PENDING', 'RETRYING') THEN now() END
         FROM webhook, unnest(ARRAY['PENDING', 'RETRYING', 'HELD', 'DELIVERED', 'FAILED']) status WHERE organization_id = $1`,
      [noisy],
    );
    await fill('UPDATE organization SET deleted_at = now() WHERE id = $1', [ids[5]]);
    await fill('ANALYZE');
  }, 120_000);
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const page = (request: Partial<Parameters<ReturnType<typeof createTenants>>[0]> = {}) =>
    createTenants(pool)({ search: '', sort: 'NEWEST', first: 50, offset: 0, ...request });
  const firstBy = async (sort: TenantSort) => (await page({ sort, first: 2 })).tenants[0] as TenantSummary;

  it('shows the newest first, page by page, and none that is being deleted', async () => {
    const first = await page();
    expect(first.tenants.map(({ id }) => id)).toEqual(ids.slice(-50).reverse());
    expect(first.hasMore).toBe(true);
    const last = await page({ offset: many - 51 });
    expect(last.tenants).toHaveLength(50);
    expect(last.tenants.at(-1)?.id).toBe(oldest);
    expect(last.hasMore).toBe(false);
    expect((await page({ search: ids[5] ?? '' })).tenants).toEqual([]);
  });

  it('finds a part of a name, whatever stands in it, and whole ids', async () => {
    expect((await page({ search: 'TENANT 10000' })).tenants.map(({ id }) => id)).toEqual([newest]);
    expect((await page({ search: 'ext-2' })).tenants.map(({ id }) => id)).toEqual([noisy]);
    expect((await page({ search: noisy.toUpperCase() })).tenants.map(({ name }) => name)).toEqual(['Tenant 2']);
    expect((await page({ search: '%' })).tenants).toEqual([]);
    expect((await page({ search: 'Tenant_2' })).tenants).toEqual([]);
  });

  it('tells who needs somebody and who is noisy, each first in its order', async () => {
    expect(await firstBy('UNWELL')).toMatchObject({ id: unwell, healthy: 0, degraded: 0, disabled: 1, projects: 1 });
    expect(await firstBy('EVENTS')).toMatchObject({ id: noisy, eventsLastHour: 40, backlog: 3, healthy: 1 });
    // What failed 30 hours ago is in neither number.
    expect(await firstBy('DELIVERIES')).toMatchObject({ id: busy, deliveriesLastHour: 5_500, successRate: 1 });
    expect((await page({ search: newest ?? '' })).tenants[0]).toMatchObject({
      deliveriesLastHour: 44,
      successRate: 0.75,
    });
  });

  it('is read in well under a second, in any order, with 10,000 tenants', async () => {
    for (const sort of ['NEWEST', 'UNWELL', 'EVENTS', 'DELIVERIES'] as const) {
      await page({ sort });
      const begun = performance.now();
      await page({ sort });
      const took = performance.now() - begun;
      expect(took).toBeLessThan(800 * (await slowness()));
    }
  });
});
