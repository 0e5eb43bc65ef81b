import type { TestWorkflowEnvironment } from '@temporalio/testing';
import pg from 'pg';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { sweep } from '../../workflows/sweep.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createTenant, createWebhook, type Tenant } from '../support/tenant.ts';
import { timeSkippingEnvironment } from '../support/timeSkipping.ts';
import { startWorkflowWorker } from '../support/workflowWorker.ts';

const taskQueue = 'sweep';
const day = 86_400_000;

describe('the sweep', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let environment: TestWorkflowEnvironment;
  let broken: Tenant;
  let brokenToo: Tenant;
  let well: Tenant;
  let stopWorker: () => Promise<void>;
  const recovered: string[] = [];
  const deleted: string[] = [];
  const woken: string[] = [];
  const swept: string[] = [];
  const log: string[] = [];

  beforeAll(async () => {
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 12 });
    broken = await createTenant(pool);
    brokenToo = await createTenant(pool);
    well = await createTenant(pool);
    environment = await timeSkippingEnvironment();
    stopWorker = await startWorkflowWorker({
      connection: environment.nativeConnection,
      namespace: 'default',
      taskQueue,
      pool,
      keys: well.keys,
      log: pino({ level: 'warn' }, { write: (line) => void log.push(line) }),
      skipsTime: true,
      retentionMs: 30 * day,
      onSwept: (job, outcome) => void swept.push(`${job} ${outcome}`),
      signal: async (webhookId) => void woken.push(webhookId),
      startRecovery: async (id) => {
        if (recovered.push(id) === 1) throw new Error('Temporal does not take this one.');
      },
      startDeletion: async (id) => void deleted.push(id),
    });
  });
  afterAll(async () => {
    await stopWorker();
    await environment.teardown();
    await pool.end();
    await database.drop();
  });

  const run = () => environment.client.workflow.execute<typeof sweep>('sweep', { taskQueue, workflowId: v7() });

  async function healthChange({ organizationId }: Tenant, webhookId: string, secondsAgo: number): Promise<string> {
    const id = v7();
    await pool.query(
      `INSERT INTO health_change (id, organization_id, webhook_id, "from", "to", at)
       VALUES ($1, $2, $3, 'HEALTHY', 'DEGRADED', now() - $4 * interval '1 second')`,
      [id, organizationId, webhookId, secondsAgo],
    );
    return id;
  }

  const told = async (id: string) =>
    (await pool.query('SELECT announced_at FROM health_change WHERE id = $1', [id])).rows[0].announced_at !== null;

  async function recovery({ organizationId }: Tenant, webhookId: string): Promise<string> {
    const id = v7();
    await pool.query(
      `INSERT INTO recovery (id, organization_id, webhook_id, since, until, total, state, changed_at)
       VALUES ($1, $2, $3, now(), now(), 1, 'RUNNING', now() - interval '1 minute')`,
      [id, organizationId, webhookId],
    );
    return id;
  }

  const countOf = async (from: string) =>
    (await pool.query(`SELECT count(*)::int AS count FROM ${from}`)).rows[0].count;

  it('does every job for every tenant though the secrets of two organizations cannot be opened', async () => {
    // Sealed by its own ring, which the worker does not have.
    const unreadable = await createWebhook(pool, broken, 'https://example.com/');
    const { id: webhookId } = await createWebhook(pool, well, 'https://example.com/');
    const untellable = await Promise.all(Array.from({ length: 150 }, () => healthChange(broken, unreadable.id, 600)));
    const unreadableToo = await createWebhook(pool, brokenToo, 'https://example.com/');
    untellable.push(await healthChange(brokenToo, unreadableToo.id, 300));
    const tellable = await healthChange(well, webhookId, 60);
    const recoveries = [await recovery(broken, unreadable.id), await recovery(well, webhookId)];
    await pool.query(
      `INSERT INTO webhook_secret (id, webhook_id, sealed, state, retires_at)
       VALUES ($1, $2, '', 'RETIRING', now() - interval '1 minute')`,
      [v7(), webhookId],
    );
    await pool.query(
      `INSERT INTO action_key (organization_id, principal_id, key, digest, expires_at) VALUES ($1, 'x', 'x', '', now())`,
      [well.organizationId],
    );
    await pool.query(
      `INSERT INTO delivery_minute (organization_id, project_id, webhook_id, at, delivered, failed, cancelled, times)
       VALUES ($1, $2, $3, date_trunc('hour', now() - interval '3 days'), 1, 0, 0, '{}')`,
      [well.organizationId, well.projectId, webhookId],
    );
    const oldId = () => v7({ msecs: Date.now() - 31 * day });
    await pool.query(
      `INSERT INTO event (id, organization_id, project_id, type, data, occurred_at) VALUES ($1, $2, $3, 'crane.moved', '{}', now())`,
      [oldId(), well.organizationId, well.projectId],
    );
    await pool.query(
      `INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status, leased_by)
       VALUES ($1, $2, $3, $4, $5, 'crane.moved', 'SENDING', $6)`,
      [v7(), well.organizationId, well.projectId, webhookId, v7(), v7()],
    );

    const deletionId = v7();
    await pool.query(
      `INSERT INTO deletion (id, kind, organization_id, principal_kind, principal_id, changed_at)
       VALUES ($1, 'ORGANIZATION', $2, 'OPERATOR', 'operator', now() - interval '1 minute')`,
      [deletionId, v7()],
    );

    expect(await run()).toEqual({
      sweepDeliveries: 1,
      sweepHealth: 1,
      sweepIssues: 0,
      sweepSecrets: 1,
      // Of two, one could not be begun: the job is tried again as a whole.
      sweepRecoveries: 2,
      sweepDeletions: 1,
      expireKeys: 1,
      expireInboundEvents: 0,
      forgetProcesses: 0,
      foldStatistics: 1,
      pruneLog: 1,
    });
    expect(new Set(recovered)).toEqual(new Set(recoveries));
    expect(deleted).toEqual([deletionId]);
    expect(await told(tellable)).toBe(true);
    for (const id of untellable) expect(await told(id)).toBe(false);
    const warned = log.map((line) => JSON.parse(line)).filter(({ msg }) => msg.startsWith('changes of health'));
    // One line, by whose cause the log of a process tells of it once a minute.
    expect(warned).toMatchObject([{ organizations: 2, err: { message: expect.stringContaining('the ring') } }]);
    await expect.poll(() => woken).toContain(webhookId);
    expect(await countOf('delivery_hour')).toBe(1);
  });

  it('names a job that fails, and goes on with the others', async () => {
    const { id: webhookId } = await createWebhook(pool, well, 'https://example.com/');
    const change = await healthChange(well, webhookId, 60);
    swept.length = 0;
    await pool.query('ALTER TABLE delivery_minute RENAME TO delivery_minute_gone');
    try {
      expect(await run()).toMatchObject({ foldStatistics: null, sweepHealth: 1, pruneLog: 0, expireKeys: 0 });
    } finally {
      await pool.query('ALTER TABLE delivery_minute_gone RENAME TO delivery_minute');
    }
    expect(await told(change)).toBe(true);
    expect(swept.filter((each) => each.endsWith('failed'))).toEqual(['foldStatistics failed']);
    expect(new Set(swept).size).toBe(11);
  });
});
