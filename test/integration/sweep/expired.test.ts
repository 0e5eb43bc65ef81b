import pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expireInboundEvents } from '../../../core/issues/sweepIssues.ts';
import { expireKeys } from '../../../core/sweep/expired.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { rowsRead } from '../../support/rowsRead.ts';
import { createTenant, type Tenant } from '../../support/tenant.ts';

const hour = 3_600_000;
const minute = 60_000;

describe('what has expired', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let tenant: Tenant;

  beforeAll(async () => {
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 4 });
    tenant = await createTenant(pool);
  });
  beforeEach(() => pool.query('TRUNCATE idempotency_key, action_key, inbound_event'));
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  /** Keys of events that were published then. */
  const eventKeys = (count: number, ageMs: number) =>
    pool.query(
      `INSERT INTO idempotency_key (scope_id, key, event_id, digest, expires_at)
       SELECT $1, $2 || n, $2::uuid, '', now() + (86400000 - $3) * interval '1 millisecond' FROM generate_series(1, $4::int) AS n`,
      [tenant.projectId, v7({ msecs: Date.now() - ageMs }), ageMs, count],
    );
  const actionKeys = (count: number) =>
    pool.query(
      `INSERT INTO action_key (organization_id, principal_id, key, digest, expires_at)
       SELECT $1, 'x', n::text, '', now() - interval '1 minute' FROM generate_series(1, $2::int) AS n`,
      [tenant.organizationId, count],
    );
  const inboundEvents = (count: number) =>
    pool.query(
      `INSERT INTO inbound_event (inbound_webhook_id, identity_digest, organization_id, project_id, delivery_id, provider,
                                  pending, due_at, received_at)
       SELECT $1, sha256(n::text::bytea), $1, $2, gen_random_uuid(), 'GITHUB', false, now(), now() - interval '31 days'
         FROM generate_series(1, $3::int) AS n`,
      [tenant.organizationId, tenant.projectId, count],
    );

  it('goes in as many batches as it takes: nothing heaps up, however much was published', async () => {
    await eventKeys(12_000, 25 * hour);
    await eventKeys(2, 20 * hour);
    await actionKeys(6_000);
    expect(await expireKeys(pool, minute)).toBe(18_000);
    expect(await expireKeys(pool, minute)).toBe(0);
    await inboundEvents(6_000);
    expect(await expireInboundEvents(pool, minute)).toBe(6_000);
  });

  it('goes in part where its time is over, some of each kind, and the next call continues', async () => {
    await eventKeys(5_001, 25 * hour);
    await actionKeys(5_001);
    await inboundEvents(5_001);
    expect(await expireKeys(pool, 0)).toBe(10_000);
    expect(await expireKeys(pool, 0)).toBe(2);
    expect(await expireInboundEvents(pool, 0)).toBe(5_000);
    expect(await expireInboundEvents(pool, 0)).toBe(1);
  });

  it('is found without reading the keys that expire within the next hour', async () => {
    await eventKeys(2_000, 23.5 * hour);
    await eventKeys(3, 25 * hour);
    await pool.query('ANALYZE idempotency_key');
    const counting = rowsRead(pool, 'idempotency_key');
    expect(await expireKeys(counting.pool, minute)).toBe(3);
    expect(counting.rows).toBeLessThan(100);
  });
});
