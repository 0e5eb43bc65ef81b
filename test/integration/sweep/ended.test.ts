import pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { endedDays, forgetEnded } from '../../../core/sweep/ended.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { rowsRead } from '../../support/rowsRead.ts';
import { createTenant, createWebhook, type Tenant } from '../../support/tenant.ts';

const minute = 60_000;

describe('what ended a while ago', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let tenant: Tenant;

  beforeAll(async () => {
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 4 });
    tenant = await createTenant(pool);
  });
  beforeEach(() =>
    pool.query('TRUNCATE portal_link, api_key, session, webhook, delivery, recovery, health_change CASCADE'),
  );
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  /** Links that expire, and were revoked, so many days ago; negative: from now. */
  const links = (count: number, expired: number, revoked: number | null = null) =>
    pool.query(
      `INSERT INTO portal_link (id, organization_id, project_id, name, digest, permissions, expires_at, revoked_at)
       SELECT gen_random_uuid(), $1, $2, 'Portal', uuid_send(gen_random_uuid()), '{WEBHOOK_READ}', now() - $3 * interval '1 day',
              now() - $4::float * interval '1 day'
         FROM generate_series(1, $5::int)`,
      [tenant.organizationId, tenant.projectId, expired, revoked, count],
    );
  /** The same of keys; null: it does not end. */
  const keys = async (count: number, expired: number | null, revoked: number | null, organizationId: string | null) =>
    (
      await pool.query<{ id: string }>(
        `INSERT INTO api_key (id, organization_id, name, prefix, digest, permissions, expires_at, revoked_at)
         SELECT gen_random_uuid(), $1, 'Key', 'ehk_', uuid_send(gen_random_uuid()), '{WEBHOOK_READ}',
                now() - $2::float * interval '1 day', now() - $3::float * interval '1 day'
           FROM generate_series(1, $4::int) RETURNING id`,
        [organizationId, expired, revoked, count],
      )
    ).rows.map(({ id }) => id);
  /** Webhooks that were deleted so many days ago. */
  const webhooks = async (count: number, deleted: number) => {
    const { rows } = await pool.query<{ id: string }>(
      `INSERT INTO webhook (id, organization_id, project_id, name, profile, url, event_types, deleted_at, listener_expires_at)
       SELECT gen_random_uuid(), $1, $2, 'A laptop', 'STANDARD', 'http://localhost/', '{}', now() - $3 * interval '1 day', now()
         FROM generate_series(1, $4::int) RETURNING id`,
      [tenant.organizationId, tenant.projectId, deleted, count],
    );
    const ids = rows.map(({ id }) => id);
    await pool.query('INSERT INTO webhook_state (webhook_id, organization_id) SELECT unnest($1::uuid[]), $2', [
      ids,
      tenant.organizationId,
    ]);
    return ids;
  };
  const delivery = (webhookId: string) =>
    pool.query(
      `INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status)
       VALUES ($1, $2, $3, $4, $1, 'crane.moved', 'DELIVERED')`,
      [v7(), tenant.organizationId, tenant.projectId, webhookId],
    );
  const idsOf = async (table: string) =>
    (await pool.query<{ id: string }>(`SELECT id FROM ${table} ORDER BY id`)).rows.map(({ id }) => id);

  it('goes: portal links that expired or were revoked, and none that ended lately or is live', async () => {
    const days = endedDays.portalLink;
    await links(2, days + 0.1);
    await links(2, -0.5, days + 0.1);
    await links(3, days - 0.1);
    await links(3, -0.5, days - 0.1);
    await links(3, -0.5);
    expect(await forgetEnded(pool, minute)).toBe(4);
    expect(await idsOf('portal_link')).toHaveLength(9);
  });

  it('goes: API keys with the sessions that they opened, and none of the operator’s', async () => {
    const days = endedDays.apiKey;
    const { organizationId } = tenant;
    const [old] = (await keys(1, null, days + 0.1, organizationId)) as [string];
    await keys(1, days + 0.1, null, organizationId);
    const stay = [
      ...(await keys(1, days - 0.1, null, organizationId)),
      ...(await keys(1, null, days - 0.1, organizationId)),
      ...(await keys(1, null, null, organizationId)),
      ...(await keys(1, -1, null, organizationId)),
      ...(await keys(1, null, days + 0.1, null)),
    ];
    const [live] = stay as [string];
    for (const keyId of [old, live]) {
      await pool.query(
        `INSERT INTO session (id, digest, api_key_id, expires_at) VALUES ($1, uuid_send($1), $2, now() + interval '90 days')`,
        [v7(), keyId],
      );
    }
    expect(await forgetEnded(pool, minute)).toBe(2);
    expect(await idsOf('api_key')).toEqual(stay.sort());
    expect((await pool.query('SELECT api_key_id AS id FROM session')).rows).toEqual([{ id: live }]);
  });

  it('goes: deleted webhooks and listeners with their state, unless the log, a recovery or their health still shows them', async () => {
    const days = endedDays.webhook;
    const [logged, recovered, unwell] = (await webhooks(4, days + 0.1)) as [string, string, string, string];
    const [recent] = (await webhooks(1, days - 0.1)) as [string];
    const { id: live } = await createWebhook(pool, tenant, 'https://receiver.example/');
    await delivery(logged);
    await pool.query(
      `INSERT INTO recovery (id, organization_id, project_id, webhook_id, until, total, state) VALUES ($1, $2, $3, $4, now(), 0, 'FINISHED')`,
      [v7(), tenant.organizationId, tenant.projectId, recovered],
    );
    await pool.query(
      `INSERT INTO health_change (id, organization_id, webhook_id, "from", "to", at) VALUES ($1, $2, $3, 'HEALTHY', 'DEGRADED', now())`,
      [v7(), tenant.organizationId, unwell],
    );
    expect(await forgetEnded(pool, minute)).toBe(1);
    const stay = [logged, recovered, unwell, recent, live];
    expect(await idsOf('webhook')).toEqual(stay.sort());
    expect(await pool.query('SELECT FROM webhook_state')).toMatchObject({ rowCount: stay.length });

    // The log lets it go: it is looked at again some days after it was seen there.
    await pool.query('TRUNCATE delivery');
    expect(await forgetEnded(pool, minute)).toBe(0);
    await pool.query(`UPDATE webhook SET kept_at = kept_at - $1 * interval '1 day' WHERE id = $2`, [days, logged]);
    expect(await forgetEnded(pool, minute)).toBe(1);
    expect(await idsOf('webhook')).not.toContain(logged);
  });

  it('goes in part where the time is over, those first that ended first, and the next call continues', async () => {
    await links(5_001, 8);
    await keys(501, null, 31, tenant.organizationId);
    await webhooks(501, 8);
    await links(1, 100);
    await keys(1, 100, null, tenant.organizationId);
    await webhooks(1, 100);
    expect(await forgetEnded(pool, 0)).toBe(6_000);
    const left = async (condition: string) =>
      (
        await pool.query<{ count: number }>(
          `SELECT (SELECT count(*) FROM portal_link WHERE expires_at ${condition})::int
                + (SELECT count(*) FROM api_key WHERE least(expires_at, revoked_at) ${condition})::int
                + (SELECT count(*) FROM webhook WHERE deleted_at ${condition})::int AS count`,
        )
      ).rows[0]?.count;
    expect(await left(`< now() - interval '99 days'`)).toBe(0);
    expect(await left('< now()')).toBe(6);
    expect(await forgetEnded(pool, 0)).toBe(6);
  });

  it('is found without reading what is live, what ended lately, or what was seen to stay', async () => {
    await links(2_000, -0.5);
    await links(2_000, 1);
    await keys(2_000, null, null, tenant.organizationId);
    await keys(2_000, -1, null, tenant.organizationId);
    const shown = await webhooks(1_000, 8);
    await pool.query(
      `INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status)
       SELECT gen_random_uuid(), $1, $2, w, gen_random_uuid(), 'crane.moved', 'DELIVERED' FROM unnest($3::uuid[]) AS w`,
      [tenant.organizationId, tenant.projectId, shown],
    );
    expect(await forgetEnded(pool, minute)).toBe(0);
    await links(3, 8);
    await keys(3, null, 31, tenant.organizationId);
    await webhooks(3, 8);
    await pool.query('ANALYZE portal_link, api_key, webhook, delivery');
    for (const table of ['portal_link', 'api_key', 'webhook']) {
      const counting = rowsRead(pool, table);
      await forgetEnded(counting.pool, minute);
      expect(counting.rows, table).toBeLessThan(50);
    }
  });
});
