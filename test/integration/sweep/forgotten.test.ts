import pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

  it('is begun by the sweep: recoveries that nobody works on', async () => {
    const recovery = async (state: string, silentSeconds: number) => {
      const { id: webhookId } = await createWebhook(pool, tenant, 'https://example.com/');
      const { rows } = await pool.query(
        `INSERT INTO recovery (id, organization_id, webhook_id, since, until, total, state, changed_at)
         VALUES ($1, $2, $3, now(), now(), 1, $4::recovery_state, now() - $5 * interval '1 second') RETURNING id`,
        [v7(), tenant.organizationId, webhookId, state, silentSeconds],
      );
      return rows[0].id;
    };
    await recovery('RUNNING', 1);
    await recovery('FINISHED', 60);
    const forgotten = await recovery('RUNNING', 60);
    expect(await forgottenRecoveries(pool)).toEqual([forgotten]);
  });
});
