import type { Client } from '@temporalio/client';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { addRequestGauges } from '../../core/composition/metrics.ts';
import { createOutbox } from '../../core/composition/outbox.ts';
import { openPlatform } from '../../core/composition/platform.ts';
import { migratedDatabase, reachableDatabase, throughOutages, untilReached } from '../../core/composition/reach.ts';
import { noFastLane } from '../../core/deliveries/fastLane.ts';
import { Presence } from '../../core/deliveries/presence.ts';
import { Gate } from '../../core/fairness/gate.ts';
import { Shares } from '../../core/fairness/shares.ts';
import { newId } from '../../core/ground/newId.ts';
import { createIssueSync } from '../../core/issues/issueSync.ts';
import { createActivities } from '../../workflows/activities/activities.ts';
import { reachableTemporal } from '../../workflows/client/reachTemporal.ts';
import { ensureSweepSchedule } from '../../workflows/client/sweepSchedule.ts';
import { type TemporalClient, temporalConnectionOptions } from '../../workflows/client/temporal.ts';
import { addTemporalGauge } from '../../workflows/client/temporalGauge.ts';
import { createWorkflows } from '../../workflows/client/workflows.ts';
import { taskQueue } from '../../workflows/names.ts';
import { capacityOf } from '../../workflows/worker/capacity.ts';
import { bundlePath, standingOf, thisBuildId, versioned } from '../../workflows/worker/deployment.ts';
import { installRuntime } from '../../workflows/worker/runtime.ts';
import { traced } from '../../workflows/worker/traced.ts';
import { watchPromotion } from '../../workflows/worker/watchPromotion.ts';
import { serveMetrics } from '../http/metricsServer.ts';
import { createWaitingRoom } from '../http/waitingRoom.ts';
import { runProcess } from './runProcess.ts';

/** Activities at the same time: {@link capacityOf} divides them. */
const maxActivities = 240;
/** A workflow task lasts as long as the local activities in it, so there must be room for others beside those. */
const maxWorkflowTasks = 60;
const maxLocalActivities = 30;

/** How long a call that prepares Temporal may take, with its tries. Milliseconds. */
const prepareTimeoutMs = 5_000;

/** Looks once; what stays wrong, the watch reports. */
async function warnUnlessPromoted(temporal: TemporalClient, namespace: string, buildId: string, log: Logger) {
  const standing = await temporal.use((client) => standingOf(client, namespace, buildId)).catch(() => null);
  if (standing === null || standing.current === buildId) return;
  log.warn(
    { buildId, ...standing },
    'no workflows are given to this build until it is promoted: by the command promote (npm run worker:promote in a clone)',
  );
}

/** A worker process: retries, backlogs and the sweep. */
await runProcess('worker', async ({ config, log, telemetry, waiting }) => {
  const isMeasured = config.workerMetricsPort !== null || config.telemetry?.metrics != null;
  const sdkMetrics = await installRuntime(log, isMeasured);
  const room = createWaitingRoom();
  if (config.workerMetricsPort !== null) await room.listen({ host: config.host, port: config.workerMetricsPort });
  await untilReached(reachableDatabase(config.databaseUrl), waiting);
  room.waitsFor('migrations');
  await untilReached(migratedDatabase(config.databaseUrl), waiting);
  // A database that can be read may still refuse writes, which the platform waits for.
  room.waitsFor('postgresql');
  const platform = await openPlatform(config, log, { connections: 10 }, telemetry, waiting);
  const { metrics, closing } = platform;
  telemetry?.measure(metrics.registry, { scope: 'temporal', text: sdkMetrics });
  let polls = () => false;
  await room.close();
  closing.add(
    'metrics',
    await serveMetrics(
      {
        contentType: metrics.registry.contentType,
        metrics: async () => `${await metrics.registry.metrics()}\n${await sdkMetrics()}`,
      },
      {
        postgresql: () => platform.pool.query('SELECT 1'),
        // Without Temporal a worker that has started stays ready: it goes on by itself, and no other one could do more.
        worker: async () => {
          if (!polls()) throw new Error('It does not poll Temporal yet.');
        },
      },
      { host: config.host, port: config.workerMetricsPort },
      log,
    ),
  );
  const workflows = closing.add(
    'the connection to Temporal',
    createWorkflows(config.temporal, platform, telemetry?.temporal ?? null),
  );
  const { temporal, findable } = workflows;
  addTemporalGauge(metrics, temporal);
  const outbox = createOutbox({ ...platform, signal: workflows.signalWebhook }, newId(), () => noFastLane);
  closing.add('the signals to workflows', outbox.waker);
  const issues = closing.add(
    'issues',
    createIssueSync({
      ...platform,
      ...outbox,
      signal: workflows.signalIssue,
      urlExemptions: config,
      onFetched: metrics.fetched,
    }),
  );
  closing.defer('commits', () => outbox.commits.drained());
  closing.defer('attempts to be recorded', () => outbox.recorder.drained());

  // There is no time limit: without Temporal a worker has nothing to do.
  const reachable = reachableTemporal(config.temporal);
  await untilReached(reachable, waiting);
  const presence = closing.add('its presence', new Presence(platform.heartbeatPool, log));
  await throughOutages(reachableDatabase(config.databaseUrl), () => presence.start(), waiting);
  const buildId = await thisBuildId();
  const gate = new Gate(config.concurrency.perProcess);
  addRequestGauges(metrics, () => gate.inside, config.concurrency.perProcess);
  metrics.gauge('everhook_attempts_unrecorded', 'Attempts that wait to be recorded.', () => outbox.recorder.backlog);
  const options = {
    namespace: config.temporal.namespace,
    taskQueue,
    workflowBundle: { codePath: bundlePath },
    ...traced(telemetry?.temporal ?? null),
    activities: createActivities({
      ...platform,
      ...outbox,
      issues,
      startRecovery: workflows.startRecovery,
      startDeletion: workflows.startDeletion,
      startErasure: workflows.startErasure,
      startResume: workflows.startResume,
      perWebhook: config.concurrency.perWebhook,
      gate,
      ...capacityOf(maxActivities),
      localPlaces: new Shares(maxLocalActivities),
      findable: () => temporal.use(findable.may),
      underWay: new Map(),
      holder: presence.id,
      retentionMs: config.retentionMs,
      auditRetentionMs: config.auditRetentionMs,
      attemptAtMostMs: 5_000,
      recoverAtMostMs: 20_000,
      deleteAtMostMs: 20_000,
      onSwept: metrics.swept,
      onJobs: metrics.sweeps,
    }),
    workerDeploymentOptions: versioned(buildId),
    maxConcurrentActivityTaskExecutions: maxActivities,
    maxConcurrentWorkflowTaskExecutions: maxWorkflowTasks,
    maxConcurrentLocalActivityExecutions: maxLocalActivities,
    maxCachedWorkflows: 500,
    shutdownGraceTime: '20 seconds',
  } satisfies Omit<WorkerOptions, 'connection'>;
  // Its frontend may answer while its other services do not.
  const create = async () => {
    const connection = await NativeConnection.connect(temporalConnectionOptions(config.temporal));
    try {
      return { connection, worker: await Worker.create({ ...options, connection }) };
    } catch (error) {
      await connection.close().catch(() => {});
      throw error;
    }
  };
  const { connection, worker } = await throughOutages(reachable, create, waiting);
  closing.add('the worker’s connection to Temporal', connection);
  const prepare = (client: Client) =>
    client.withDeadline(Date.now() + prepareTimeoutMs, async () => {
      await ensureSweepSchedule(client);
      await findable.may(client);
    });
  await throughOutages(reachable, () => temporal.use(prepare), waiting);
  // From here on it works: nothing may fail or be waited for before it counts as started.
  const running = worker.run();
  polls = () => worker.getState() === 'RUNNING';
  closing.defer('workflows and activities', () => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    return running;
  });
  log.info({ buildId }, 'worker ready');
  // A supervisor promotes the build that it starts. Otherwise this is normal during a rolling update, or a step was forgotten.
  if (process.send === undefined) void warnUnlessPromoted(temporal, config.temporal.namespace, buildId, log);
  const watch = watchPromotion({ temporal, namespace: config.temporal.namespace, taskQueue, buildId, log });
  closing.defer('the watch over promotion', () => watch.stop());
  metrics.gauge(
    'everhook_workflows_unserved',
    '1 where workflows are given to a build that no worker runs of: nothing is retried then.',
    () => watch.unserved,
  );
  metrics.gauge(
    'everhook_worker_build_unpromoted',
    '1 while workflows are given to another build than this worker’s: usual during a rolling update.',
    () => watch.unpromoted,
  );
  metrics.gauge(
    'everhook_worker_builds',
    'Builds of workers that Temporal knows. It takes 100 unless it is configured otherwise.',
    () => watch.builds,
  );
  return { ended: running, close: () => closing.close() };
});
