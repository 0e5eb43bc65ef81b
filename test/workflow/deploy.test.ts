import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildIdOf, promote, standingOf } from '../../workflows/deployment.ts';
import { deliverWorkflowId } from '../../workflows/names.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { Receiver } from '../support/receiver.ts';
import { temporalServer } from '../support/temporal.ts';
import { createTenant, createWebhook } from '../support/tenant.ts';
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

  it('gives retries that wait to the new version, which goes on with them where the old one was', async () => {
    const tenant = await createTenant(pool);
    const receiver = await new Receiver((_, count) => (count === 1 ? 503 : 200)).listen();
    const webhook = await createWebhook(pool, tenant, receiver.url, { scheduleMs: [4_000, 60_000] });
    const [eventId, deliveryId] = [v7(), v7()];
    await pool.query(
      `WITH e AS (INSERT INTO event (id, organization_id, project_id, type, data, occurred_at)
                  VALUES ($1, $2, $3, 'crane.moved', '{}', now()))
       INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status, next_attempt_at)
       VALUES ($4, $2, $3, $5, $1, 'crane.moved', 'PENDING', now())`,
      [eventId, tenant.organizationId, tenant.projectId, deliveryId, webhook.id],
    );
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
});
