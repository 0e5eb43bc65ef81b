import pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forgottenDeletions } from '../../../core/deletions/removeSome.ts';
import { sweepIssues } from '../../../core/issues/sweepIssues.ts';
import { forgottenRecoveries } from '../../../core/recoveries/recoverSome.ts';
import { retireDue, retireForgotten } from '../../../core/webhooks/retireDue.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { createTenant, createWebhook, type Tenant } from '../../support/tenant.ts';

describe('what workflows should have done while Temporal was away', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let tenant: Tenant;

  beforeAll(async () => {
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 2 });
    tenant = await createTenant(pool);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  async function retiring(inSeconds: number): Promise<string> {
    const { id } = await createWebhook(pool, tenant, 'https://example.com/');
    const { rows } = await pool.query(
      `INSERT INTO webhook_secret (id, webhook_id, sealed, state, retires_at)
       VALUES ($1, $2, '', 'RETIRING', now() + $3 * interval '1 second') RETURNING id`,
      [v7(), id, inSeconds],
    );
    return rows[0].id;
  }
  const exists = async (id: string) =>
    (await pool.query('SELECT FROM webhook_secret WHERE id = $1', [id])).rowCount === 1;

  it('is done by the sweep: secrets past their deadline go, others stay', async () => {
    const [past, coming] = [await retiring(-60), await retiring(60)];
    expect(await retireForgotten(pool)).toBe(1);
    expect([await exists(past), await exists(coming)]).toEqual([false, true]);
  });

  it('is not done early: a secret is asked for again after what is left of its time', async () => {
    const id = await retiring(60);
    const now = Date.now();
    const left = (await retireDue(pool, id, now)) as number;
    expect(left).toBeGreaterThan(50_000);
    expect(left).toBeLessThanOrEqual(60_100);
    expect(await retireDue(pool, id, now + left)).toBeNull();
    expect(await exists(id)).toBe(false);
    expect(await retireDue(pool, id, now)).toBeNull();
  });

  async function recovery(state: string, silentSeconds: number, of = tenant): Promise<string> {
    const { id: webhookId } = await createWebhook(pool, of, 'https://example.com/');
    const { rows } = await pool.query(
      `INSERT INTO recovery (id, organization_id, webhook_id, since, until, total, state, changed_at)
       VALUES ($1, $2, $3, now(), now(), 1, $4::recovery_state, now() - $5 * interval '1 second') RETURNING id`,
      [v7(), of.organizationId, webhookId, state, silentSeconds],
    );
    return rows[0].id;
  }

  it('is begun by the sweep: recoveries that nobody works on', async () => {
    await recovery('RUNNING', 1);
    await recovery('FINISHED', 60);
    const forgotten = await recovery('RUNNING', 60);
    expect(await forgottenRecoveries(pool)).toEqual([{ id: forgotten, organizationId: tenant.organizationId }]);
  });

  describe('of an organization that has more of it than one sweep takes', () => {
    it('leaves others their recoveries', async () => {
      const innocent = await createTenant(pool);
      for (let index = 0; index < 120; index++) await recovery('RUNNING', 120);
      const mine = [await recovery('RUNNING', 60, innocent), await recovery('RUNNING', 60, innocent)];
      const found = await forgottenRecoveries(pool);
      expect(found).toHaveLength(100);
      const ofInnocent = found.filter(({ organizationId }) => organizationId === innocent.organizationId);
      expect(ofInnocent.map(({ id }) => id).sort()).toEqual(mine.sort());
    });

    it('leaves others their deletions', async () => {
      const innocent = await createTenant(pool);
      const deletions = async ({ organizationId }: Tenant, count: number) =>
        pool.query(
          `INSERT INTO deletion (id, kind, organization_id, project_id, principal_kind, principal_id, changed_at)
           SELECT gen_random_uuid(), 'PROJECT', $1, gen_random_uuid(), 'OPERATOR', 'nobody', now() - n * interval '1 minute'
             FROM generate_series(1, $2::int) AS n`,
          [organizationId, count],
        );
      await deletions(tenant, 120);
      await deletions(innocent, 2);
      const found = await forgottenDeletions(pool);
      expect(found).toHaveLength(100);
      expect(found.filter(({ organizationId }) => organizationId === innocent.organizationId)).toHaveLength(2);
    });

    it('leaves others their issues', async () => {
      const [first, second] = [await createTenant(pool), await createTenant(pool)];
      const overdue = ({ organizationId, projectId }: Tenant, count: number) =>
        pool.query(
          `INSERT INTO inbound_event (inbound_webhook_id, identity_digest, organization_id, project_id, delivery_id, provider,
                                      external_id, locator, pending, due_at)
           SELECT $1, sha256(n::text::bytea), $1, $2, gen_random_uuid(), 'GITHUB', n::text, 'acme/shop#' || n, true,
                  now() - interval '1 minute'
             FROM generate_series(1, $3::int) AS n`,
          [organizationId, projectId, count],
        );
      // Whichever of the two the database finds first.
      for (const [hostile, innocent] of [
        [first, second],
        [second, first],
      ] as const) {
        await pool.query('DELETE FROM inbound_event');
        await overdue(hostile, 5_100);
        await overdue(innocent, 3);
        const found = await sweepIssues(pool);
        expect(found).toHaveLength(5_000);
        const ofInnocent = found.filter(({ organizationId }) => organizationId === innocent.organizationId);
        expect(ofInnocent.map(({ externalId }) => externalId).sort()).toEqual(['1', '2', '3']);
      }
    });
  });
});
