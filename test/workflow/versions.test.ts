import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import pg from 'pg';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { promoteThisBuild } from '../../start/promotion.ts';
import { signalDeliver } from '../../workflows/client/signalWorkflow.ts';
import { createTemporalClient } from '../../workflows/client/temporal.ts';
import { type deliver, waitingQuery } from '../../workflows/deliver.ts';
import { deliverWorkflowId, deploymentName } from '../../workflows/names.ts';
import {
  buildIdOf,
  forgetOldVersions,
  promote,
  serviceOf,
  standingOf,
  thisBuildId,
} from '../../workflows/worker/deployment.ts';
import { watchPromotion } from '../../workflows/worker/watchPromotion.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { startDevTemporal } from '../support/devTemporal.ts';
import { Receiver } from '../support/receiver.ts';
import { newNamespace, temporalServer } from '../support/temporal.ts';
import { createTenant, createWebhook } from '../support/tenant.ts';
import { startWorkflowWorker } from '../support/workflowWorker.ts';

const taskQueue = `versions-${v7()}`;
const VERSIONED = 2;
/** Versions that this Temporal takes, and that promotions leave besides the current one. */
const limit = 10;
const kept = 4;
const patience = { timeout: 30_000, interval: 250 };

describe('release after release', () => {
  it('registers beyond Temporal’s limit of versions, because promotions take the oldest away', {
    timeout: 240_000,
  }, async () => {
    // Who asked for work within this time counts as running: five minutes, which are not waited for here.
    // The limit is 100 by default: 105 releases took three minutes here, and ended the same.
    const server = await startDevTemporal({
      'matching.PollerHistoryTTL': '1s',
      'matching.maxVersionsInDeployment': limit,
    });
    const connection = await Connection.connect({ address: server.address });
    const client = new Client({ connection });
    const namespace = 'default';
    /** As much of a worker as Temporal knows it by: it asks for work. */
    const register = async (buildId: string) => {
      const asking = new AbortController();
      const asked = connection
        .withDeadline(Date.now() + 60_000, () =>
          connection.withAbortSignal(asking.signal, () =>
            connection.workflowService.pollWorkflowTaskQueue({
              namespace,
              taskQueue: { name: taskQueue },
              identity: buildId,
              deploymentOptions: { deploymentName, buildId, workerVersioningMode: VERSIONED },
            }),
          ),
        )
        .catch(() => {});
      await promote(client, namespace, buildId);
      asking.abort();
      await asked;
    };
    try {
      const builds = Array.from({ length: limit + 5 }, (_, n) => buildIdOf(`release ${n}`));
      for (const buildId of builds) {
        await register(buildId);
        await expect.poll(() => forgetOldVersions(client, namespace, kept), patience).toBeLessThan(limit);
      }
      const last = builds.at(-1) as string;
      expect(await standingOf(client, namespace, last)).toEqual({ current: last, replaced: false });
      await expect.poll(() => forgetOldVersions(client, namespace, kept), patience).toBe(kept + 1);
      // Going back to one of the latest is one command.
      expect(await standingOf(client, namespace, builds.at(-2) as string)).toEqual({ current: last, replaced: true });
      // What was left then goes at the next start of the build, though nothing is left to promote.
      await register(await thisBuildId());
      const known = async () => (await serviceOf(client, namespace, taskQueue)).builds;
      expect(await known()).toBe(kept + 2);
      const temporal = { address: server.address, namespace, tls: false, apiKey: null };
      await promoteThisBuild(temporal, { own: true, isOlder: async () => false, kept }, () => {}).done;
      expect(await known()).toBe(kept + 1);
    } finally {
      await connection.close();
      await server.close();
    }
  });
});

describe('a build beside the one that workflows are given to', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let connection: Connection;
  let native: NativeConnection;

  beforeAll(async () => {
    const { address } = await temporalServer();
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 6 });
    connection = await Connection.connect({ address });
    native = await NativeConnection.connect({ address });
  });
  afterAll(async () => {
    await connection.close();
    await native.close();
    await pool.end();
    await database.drop();
  });

  it('takes over 50 webhooks’ retries when it is promoted, on time and without one failed workflow task', async () => {
    const namespace = await newNamespace(connection);
    const client = new Client({ connection, namespace });
    const tenant = await createTenant(pool);
    const receiver = await new Receiver(() => 200).listen();
    const common = { connection: native, namespace, taskQueue, pool, keys: tenant.keys };
    const [first, second] = [buildIdOf('release A'), buildIdOf('release B')];
    const stopFirst = await startWorkflowWorker({ ...common, buildId: first });
    await promote(client, namespace, first);
    const webhooks = await Promise.all(Array.from({ length: 50 }, () => createWebhook(pool, tenant, receiver.url)));
    const dueInMs = 25_000;
    await pool.query(
      `INSERT INTO event (id, organization_id, project_id, type, data, occurred_at) VALUES ($1, $2, $3, 'crane.moved', '{}', now())`,
      [tenant.projectId, tenant.organizationId, tenant.projectId],
    );
    await pool.query(
      `INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status, attempt_count, next_attempt_at)
       SELECT gen_random_uuid(), $1, $2, w, $2, 'crane.moved', 'RETRYING', 1, now() + $4 * interval '1 millisecond'
         FROM unnest($3::uuid[]) AS w`,
      [tenant.organizationId, tenant.projectId, webhooks.map(({ id }) => id), dueInMs],
    );
    for (const { id } of webhooks)
      await signalDeliver(client, taskQueue, id, { kind: 'wake', delayMs: 0, andLater: true });
    const handles = webhooks.map(({ id }) => client.workflow.getHandle<typeof deliver>(deliverWorkflowId(id)));
    // All of them wait on the first build.
    await expect
      .poll(
        async () =>
          (await Promise.all(handles.map((each) => each.query(waitingQuery)))).every((each) => each.length === 1),
        patience,
      )
      .toBe(true);
    const stopSecond = await startWorkflowWorker({ ...common, buildId: second });
    await promote(client, namespace, second);
    await stopFirst();
    await Promise.all(handles.map((each) => each.result()));
    await stopSecond();
    await receiver.close();
    expect(receiver.received).toHaveLength(50);
    const { rows } = await pool.query(
      `SELECT max(a.started_at - e.created_at - $2 * interval '1 millisecond') < interval '30 seconds' AS "onTime", count(*)::int AS made
         FROM delivery d JOIN event e ON e.id = d.event_id JOIN attempt a ON a.delivery_id = d.id
        WHERE d.organization_id = $1 AND d.status = 'DELIVERED'`,
      [tenant.organizationId, dueInMs],
    );
    expect(rows).toEqual([{ onTime: true, made: 50 }]);
    const histories = await Promise.all(handles.map((each) => each.fetchHistory()));
    const events = histories.flatMap((each) => each.events ?? []);
    expect(events.filter((each) => each.workflowTaskFailedEventAttributes)).toEqual([]);
  });

  it('takes nothing over by `npm start` where it is older than the database, or another was promoted over it', async () => {
    const { address } = await temporalServer();
    const namespace = await newNamespace(connection);
    const client = new Client({ connection, namespace });
    const common = { connection: native, namespace, taskQueue, pool, keys: (await createTenant(pool)).keys };
    const [newer, ours] = [buildIdOf('release Z'), await thisBuildId()];
    const stops = await Promise.all([newer, ours].map((buildId) => startWorkflowWorker({ ...common, buildId })));
    const told: string[] = [];
    const start = async (isOlder: boolean) => {
      const temporal = { address, namespace, tls: false, apiKey: null };
      const options = { own: false, isOlder: async () => isOlder };
      await promoteThisBuild(temporal, options, (line) => told.push(line)).done;
      return (await standingOf(client, namespace, ours)).current;
    };
    await promote(client, namespace, newer);
    expect(await start(true)).toBe(newer);
    expect(told).toEqual([expect.stringContaining('is newer than this one')]);
    expect(await start(false)).toBe(ours);
    await promote(client, namespace, newer);
    expect(await start(false)).toBe(newer);
    expect(told).toEqual([expect.anything(), expect.stringContaining('was promoted over this one')]);
    await Promise.all(stops.map((stop) => stop()));
  });

  it('is named in its log, and in its metrics, where it is never promoted and the other’s workers are gone', async () => {
    const { address } = await temporalServer();
    const namespace = await newNamespace(connection);
    const client = new Client({ connection, namespace });
    const tenant = await createTenant(pool);
    const common = { connection: native, namespace, taskQueue, pool, keys: tenant.keys };
    const [first, second] = [buildIdOf('release A'), buildIdOf('release B')];
    const stopFirst = await startWorkflowWorker({ ...common, buildId: first });
    await promote(client, namespace, first);
    const stopSecond = await startWorkflowWorker({ ...common, buildId: second });
    const lines: Record<string, unknown>[] = [];
    const log = pino({ level: 'error' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const temporal = createTemporalClient({ address, namespace, tls: false, apiKey: null });
    expect(await serviceOf(client, namespace, taskQueue)).toEqual({
      current: first,
      isServed: true,
      builds: expect.any(Number),
    });
    const watch = watchPromotion({
      temporal,
      namespace,
      taskQueue,
      buildId: second,
      log,
      everyMs: 200,
      silentMs: 3_000,
    });
    try {
      await stopFirst();
      await expect.poll(() => watch.unserved, { timeout: 60_000 }).toBe(1);
      expect(lines[0]).toMatchObject({
        buildId: second,
        current: first,
        msg: expect.stringContaining('worker:promote'),
      });
      expect([watch.unpromoted, watch.builds]).toEqual([1, 2]);
      await promote(client, namespace, second);
      await expect.poll(() => watch.unserved, { timeout: 30_000 }).toBe(0);
      expect([watch.unpromoted, watch.builds]).toEqual([0, 2]);
    } finally {
      watch.stop();
      await temporal.close();
      await stopSecond();
    }
  });
});
