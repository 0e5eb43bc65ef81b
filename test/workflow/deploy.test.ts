import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deliverWorkflowId } from '../../workflows/names.ts';
import { buildIdOf, promote, standingOf } from '../../workflows/worker/deployment.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { Receiver } from '../support/receiver.ts';
import { temporalServer } from '../support/temporal.ts';
import { createTenant, createWebhook, type Tenant, type TestWebhook } from '../support/tenant.ts';
import { startWorkflowWorker } from '../support/workflowWorker.ts';

const taskQueue = `deploy-${v7()}`;

describe('a deploy', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let connection: Connection;
  let native: NativeConnection;
  let client: Client;
  let namespace: string;

  beforeAll(async () => {
    const server = await temporalServer();
    namespace = server.namespace;
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 6 });
    connection = await Connection.connect({ address: server.address });
    native = await NativeConnection.connect({ address: server.address });
    client = new Client({ connection, namespace });
  });
  afterAll(async () => {
    await connection.close();
    await native.close();
    await pool.end();
    await database.drop();
  });

  /** A webhook with one delivery that nobody has attempted. */
  async function oneDelivery(tenant: Tenant, url: string): Promise<{ webhook: TestWebhook; deliveryId: string }> {
    const webhook = await createWebhook(pool, tenant, url, { scheduleMs: [4_000, 60_000] });
    const [eventId, deliveryId] = [v7(), v7()];
    await pool.query(
      `WITH e AS (INSERT INTO event (id, organization_id, project_id, type, data, occurred_at)
                  VALUES ($1, $2, $3, 'crane.moved', '{}', now()))
       INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status, next_attempt_at)
       VALUES ($4, $2, $3, $5, $1, 'crane.moved', 'PENDING', now())`,
      [eventId, tenant.organizationId, tenant.projectId, deliveryId, webhook.id],
    );
    return { webhook, deliveryId };
  }

  it('gives retries that wait to the new version, which goes on with them where the old one was', async () => {
    const tenant = await createTenant(pool);
    const receiver = await new Receiver((_, count) => (count === 1 ? 503 : 200)).listen();
    const { webhook, deliveryId } = await oneDelivery(tenant, receiver.url);
    const common = { connection: native, namespace, taskQueue, pool, keys: tenant.keys };
    const first = buildIdOf('the old build');
    const stopFirst = await startWorkflowWorker({ ...common, buildId: first });
    await promote(client, namespace, first);
    const handle = await client.workflow.signalWithStart('deliver', {
      workflowId: deliverWorkflowId(webhook.id),
      taskQueue,
      args: [webhook.id],
      signal: 'wake',
      signalArgs: [0],
    });
    await receiver.count(1);
    await stopFirst();
    expect(await standingOf(client, namespace, first)).toEqual({ current: first, replaced: false });

    const second = buildIdOf('the new build');
    const stopSecond = await startWorkflowWorker({ ...common, buildId: second });
    // A worker that starts takes no workflows from those that run: it is promoted.
    const standing = await standingOf(client, namespace, second);
    expect(standing).toEqual({ current: first, replaced: false });
    await promote(client, namespace, second);
    expect(await standingOf(client, namespace, second)).toEqual({ current: second, replaced: false });
    expect(await standingOf(client, namespace, first)).toEqual({ current: second, replaced: true });
    await handle.result();
    await stopSecond();
    await receiver.close();

    expect(receiver.received).toHaveLength(2);
    const { rows } = await pool.query('SELECT status, attempt_count FROM delivery WHERE id = $1', [deliveryId]);
    expect(rows).toEqual([{ status: 'DELIVERED', attempt_count: 2 }]);
    const { events } = await handle.fetchHistory();
    const builds = events?.flatMap(
      (event) => event.workflowTaskCompletedEventAttributes?.deploymentVersion?.buildId ?? [],
    );
    expect(new Set(builds)).toEqual(new Set([first, second]));
  });

  it('has workflows of 0.1.0, which were clocks alone, own their deliveries from where they stand', async () => {
    const tenant = await createTenant(pool);
    const receiver = await new Receiver((_, count) => (count === 1 ? 503 : 200)).listen();
    const { webhook, deliveryId } = await oneDelivery(tenant, receiver.url);
    const common = { connection: native, namespace, taskQueue: `${taskQueue}-clock`, pool, keys: tenant.keys };
    const attempted: number[] = [];
    const attemptDue = async (): Promise<number> => {
      attempted.push(1);
      const response = await fetch(receiver.url, { method: 'POST', body: '{}' });
      expect(response.status).toBe(503);
      await pool.query(
        `UPDATE delivery SET status = 'RETRYING', attempt_count = 1, next_attempt_at = now() + interval '4 seconds' WHERE id = $1`,
        [deliveryId],
      );
      return 4_000;
    };
    const old = { entry: 'test/fixtures/workflows/clock.ts', activities: { attemptDue } };
    const stopOld = await startWorkflowWorker({ ...common, old });
    const handle = await client.workflow.signalWithStart('deliver', {
      ...{ workflowId: deliverWorkflowId(webhook.id), taskQueue: common.taskQueue, args: [webhook.id] },
      ...{ signal: 'wake', signalArgs: [0] },
    });
    await receiver.count(1);
    await expect
      .poll(async () => (await handle.fetchHistory()).events?.filter((event) => event.timerStartedEventAttributes), {
        timeout: 30_000,
      })
      .toHaveLength(1);
    await stopOld();
    const stopNew = await startWorkflowWorker(common);
    await client.workflow.getHandle(handle.workflowId).result();
    await stopNew();
    await receiver.close();
    expect(attempted).toHaveLength(1);
    expect(receiver.received).toHaveLength(2);
    const { rows } = await pool.query('SELECT status, attempt_count FROM delivery WHERE id = $1', [deliveryId]);
    expect(rows).toEqual([{ status: 'DELIVERED', attempt_count: 2 }]);
  });
});
