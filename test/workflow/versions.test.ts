import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import pg from 'pg';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTemporalClient } from '../../server/temporal.ts';
import { buildIdOf, forgetOldVersions, promote, serviceOf, standingOf } from '../../workflows/deployment.ts';
import { deploymentName } from '../../workflows/names.ts';
import { watchPromotion } from '../../workflows/watchPromotion.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { startDevTemporal } from '../support/devTemporal.ts';
import { newNamespace, temporalServer } from '../support/temporal.ts';
import { createTenant } from '../support/tenant.ts';
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
    } finally {
      await connection.close();
      await server.close();
    }
  });
});

describe('a build that is never promoted, whose predecessor’s workers are gone', () => {
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

  it('is named in its log, and in its metrics, until it is promoted', async () => {
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
    expect(await serviceOf(client, namespace, taskQueue)).toEqual({ current: first, isServed: true });
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
      await promote(client, namespace, second);
      await expect.poll(() => watch.unserved, { timeout: 30_000 }).toBe(0);
    } finally {
      watch.stop();
      await temporal.close();
      await stopSecond();
    }
  });
});
