import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SignalWorkflow } from '../../core/deliveries/ownership.ts';
import { signalSyncIssue } from '../../workflows/client/signalIssue.ts';
import { signalDeliver } from '../../workflows/client/signalWorkflow.ts';
import { startPartly } from '../../workflows/client/startPartly.ts';
import { deliverWorkflowId, issueWorkflowId, recoverWorkflowId } from '../../workflows/names.ts';
import type { sweep } from '../../workflows/sweep.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { Receiver } from '../support/receiver.ts';
import { temporalServer } from '../support/temporal.ts';
import { createTenant, createWebhook, type Tenant } from '../support/tenant.ts';
import { startWorkflowWorker } from '../support/workflowWorker.ts';
import { FakeGitHub } from '../trackers/github.ts';

/** Activities of the test's worker: of them 6 for recoveries and 8 for issues, and for one organization at most 5 and 6. */
const activities = 60;
/** More than all activities of the worker. */
const many = 70;
const patience = { timeout: 60_000, interval: 100 };

describe('a worker, beside an organization that asks for more than the worker has', () => {
  const taskQueue = `fairness-${v7()}`;
  let database: TestDatabase;
  let pool: pg.Pool;
  let connection: Connection;
  let native: NativeConnection;
  let client: Client;
  let hostile: Tenant;
  let innocent: Tenant;
  let stopWorker: () => Promise<void>;
  const closing: (() => unknown)[] = [];

  const signal: SignalWorkflow = (webhookId, told) => signalDeliver(client, taskQueue, webhookId, told);

  beforeAll(async () => {
    const server = await temporalServer();
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 12 });
    hostile = await createTenant(pool, 'TESTPLANIT');
    innocent = { ...(await createTenant(pool, 'TESTPLANIT')), keys: hostile.keys };
    connection = await Connection.connect({ address: server.address });
    native = await NativeConnection.connect({ address: server.address });
    client = new Client({ connection, namespace: server.namespace });
    stopWorker = await startWorkflowWorker({
      connection: native,
      namespace: server.namespace,
      ...{ taskQueue, pool, signal, activities },
      keys: hostile.keys,
      // A recovery gives its activity back only when its receiver has answered.
      recoverAtMostMs: 600_000,
    });
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(async () => {
    await stopWorker();
    await native.close();
    await connection.close();
    await pool.end();
    await database.drop();
  });

  const terminate = (workflowId: string) =>
    client.workflow
      .getHandle(workflowId)
      .terminate()
      .catch((error) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      });

  const sweeps = () => client.workflow.execute<typeof sweep>('sweep', { taskQueue, workflowId: v7() });

  /** Starts the recovery of a webhook with one failed delivery. @returns its id */
  async function recovering(tenant: Tenant, url: string): Promise<string> {
    const { organizationId, projectId } = tenant;
    const { id: webhookId } = await createWebhook(pool, tenant, url, { timeoutMs: 60_000 });
    await pool.query(
      `WITH e AS (INSERT INTO event (id, organization_id, project_id, type, data, occurred_at)
                  VALUES ($1, $2, $3, 'crane.moved', '{"crane":4}', now()))
       INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status, created_at)
       VALUES ($5, $2, $3, $4, $1, 'crane.moved', 'FAILED', now() - interval '1 second')`,
      [v7(), organizationId, projectId, webhookId, v7()],
    );
    const { rows } = await pool.query(
      `INSERT INTO recovery (id, organization_id, project_id, webhook_id, since, until, total)
       VALUES ($1, $2, $3, $4, now() - interval '1 hour', now(), 1) RETURNING id`,
      [v7(), organizationId, projectId, webhookId],
    );
    const { id } = rows[0];
    closing.push(
      () => terminate(deliverWorkflowId(webhookId)),
      () => terminate(recoverWorkflowId(id)),
    );
    await startPartly(client, taskQueue, 'recover', id, organizationId);
    return id;
  }

  const stateOf = async (id: string) =>
    (await pool.query('SELECT state, replayed FROM recovery WHERE id = $1', [id])).rows[0];

  it('recovers for others, retries and sweeps, however many recoveries wait for silent receivers', async () => {
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const silent = await new Receiver(() => answered.then(() => 200)).listen();
    const quick = await new Receiver().listen();
    closing.push(
      () => silent.close(),
      () => quick.close(),
    );
    const theirs: string[] = [];
    for (let index = 0; index < many; index++) theirs.push(await recovering(hostile, silent.url));
    await silent.count(5);

    const mine = await recovering(innocent, quick.url);
    await client.workflow.getHandle(recoverWorkflowId(mine)).result();
    expect(await stateOf(mine)).toEqual({ state: 'FINISHED', replayed: 1 });
    expect(quick.received).toHaveLength(1);
    expect(Object.values(await sweeps())).not.toContain(null);
    expect(silent.received).toHaveLength(5);

    // Nothing is lost: those that were told to come later do so.
    answer();
    await silent.count(8);
  });

  /** A tracker, and the tenant's project that is connected with it. */
  async function tracked({ organizationId, projectId, keys }: Tenant): Promise<FakeGitHub> {
    const tracker = await new FakeGitHub().listen();
    const id = v7();
    await pool.query(
      `INSERT INTO issue_integration (id, organization_id, project_id, provider, base_url, credentials_sealed)
       VALUES ($1, $2, $3, 'GITHUB', $4, $5)`,
      [
        id,
        organizationId,
        projectId,
        tracker.baseUrl,
        keys.seal(JSON.stringify({ token: tracker.token }), `integration_credentials:${id}`),
      ],
    );
    closing.push(() => tracker.close());
    return tracker;
  }

  /** A report of an issue, as the receiver stores it, and the wake of its workflow. @returns the delivery's id */
  async function report({ organizationId, projectId }: Tenant, number: number): Promise<string> {
    const issue = { organizationId, projectId, provider: 'GITHUB', externalId: String(number) } as const;
    const id = v7();
    await pool.query(
      `WITH d AS (
         INSERT INTO delivery (id, organization_id, project_id, event_type, direction, status, next_attempt_at, payload_digest)
         VALUES ($1, $2, $3, 'issues.edited', 'INBOUND', 'PENDING', now(), '\\x00')
       )
       INSERT INTO inbound_event (inbound_webhook_id, identity_digest, organization_id, project_id, delivery_id, provider,
                                  external_id, locator, pending, due_at)
       VALUES ($2, sha256($1::text::bytea), $2, $3, $1, 'GITHUB', $4, $5, true, now())`,
      [id, organizationId, projectId, issue.externalId, `acme/shop#${number}`],
    );
    closing.push(() => terminate(issueWorkflowId(issue)));
    await signalSyncIssue(client, taskQueue, issue);
    return id;
  }

  const deliveryOf = async (id: string) =>
    (await pool.query('SELECT status, next_attempt_at > now() AS later FROM delivery WHERE id = $1', [id])).rows[0];

  it('fetches others’ issues, however many reports wait for a tracker that hangs', async () => {
    const hanging = await tracked(hostile);
    const well = await tracked(innocent);
    let answer = () => {};
    hanging.held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const theirs: string[] = [];
    for (let index = 0; index < many; index++) theirs.push(await report(hostile, 1_000 + index));
    await hanging.fetched(6);

    well.put('acme/shop#7', { id: 7 });
    const mine = await report(innocent, 7);
    await expect.poll(async () => (await deliveryOf(mine)).status, patience).toBe('DELIVERED');
    expect(Object.values(await sweeps())).not.toContain(null);
    // A call that hangs is given up after a while, and its place is the next issue's. The tracker may see that a little later.
    expect(hanging.mostAtOnce).toBeLessThan(activities / 2);
    answer();
  });
});
