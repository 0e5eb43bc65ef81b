import { NativeConnection, Worker } from '@temporalio/worker';
import { createMetrics } from '../../core/composition/metrics.ts';
import { reachableDatabase, untilReached } from '../../core/composition/reach.ts';
import { noFastLane } from '../../core/deliveries/fastLane.ts';
import { Recorder } from '../../core/deliveries/recorder.ts';
import { RouteCache } from '../../core/deliveries/routing.ts';
import { Waker } from '../../core/deliveries/waker.ts';
import { GroupCommit } from '../../core/events/groupCommit.ts';
import { Gate } from '../../core/fairness/gate.ts';
import { Shares } from '../../core/fairness/shares.ts';
import { newId } from '../../core/ground/newId.ts';
import { userAgent } from '../../core/ground/version.ts';
import { HealthAnnouncer } from '../../core/health/announce.ts';
import { reactToFlips } from '../../core/health/react.ts';
import { createIssueSync } from '../../core/issues/issueSync.ts';
import { createNotifier } from '../../core/live/notifier.ts';
import { announceKeys } from '../../core/secrets/keyHolders.ts';
import { parseKeyRing } from '../../core/secrets/keyRing.ts';
import { createSender } from '../../core/sender/sender.ts';
import { openDatabase } from '../../core/store/database.ts';
import { createActivities } from '../../workflows/activities/activities.ts';
import { findableOver } from '../../workflows/client/findable.ts';
import { lifecycleOver } from '../../workflows/client/lifecycle.ts';
import { reachableTemporal } from '../../workflows/client/reachTemporal.ts';
import { signalIssueOver } from '../../workflows/client/signalIssue.ts';
import { signalWorkflowOver } from '../../workflows/client/signalWorkflow.ts';
import { ensureSweepSchedule } from '../../workflows/client/sweepSchedule.ts';
import { createTemporalClient, temporalConnectionOptions } from '../../workflows/client/temporal.ts';
import { taskQueue } from '../../workflows/names.ts';
import { bundlePath, standingOf, thisBuildId, versioned } from '../../workflows/worker/deployment.ts';
import { installRuntime } from '../../workflows/worker/runtime.ts';
import { watchPromotion } from '../../workflows/worker/watchPromotion.ts';
import { serveMetrics } from '../http/metricsServer.ts';
import { runProcess } from './runProcess.ts';

/** Lists of deliveries that are attempted at once. */
const mostActivities = 200;
/** Places that no list takes: the sweep, recoveries and secrets' ends never wait behind backlogs. */
const keptForOthers = 40;
/** A workflow's task lasts as long as what is attempted within it: others must have room beside those. */
const mostWorkflowTasks = 60;
const mostLocal = 30;

/** A worker process: retries, backlogs and the sweep. */
await runProcess('worker', async ({ config, log, waiting }) => {
  const sdkMetrics = await installRuntime(log, config.workerMetricsPort !== null);
  await untilReached(reachableDatabase(config.databaseUrl), waiting);
  const database = openDatabase(config.databaseUrl, {
    connections: 10,
    onIdleError: (error) => log.warn({ err: error }, 'a database connection was lost'),
  });
  const { pool } = database;
  const metrics = createMetrics();
  const temporal = createTemporalClient(config.temporal, metrics.called);
  const metricsServer = await serveMetrics(
    {
      contentType: metrics.registry.contentType,
      metrics: async () => `${await metrics.registry.metrics()}\n${await sdkMetrics()}`,
    },
    config,
    log,
  );
  const sender = createSender({ ...config, userAgent, exchanges: config.concurrency.perProcess });
  const notifier = createNotifier(pool, log);
  const keys = parseKeyRing(config.encryptionKeys);
  const announcement = await announceKeys(pool, keys, log);
  const findable = findableOver(config.temporal.namespace, pool, log);
  const waker = new Waker(signalWorkflowOver(temporal, findable), log);
  const routes = new RouteCache(pool, keys);
  const commits = new GroupCommit({ pool, routes, waker, notifier, log, dispatcher: noFastLane, processId: newId() });
  const announcer = new HealthAnnouncer({ pool, commits, notifier, log });
  const signal = signalIssueOver(temporal);
  const issues = createIssueSync({
    pool,
    keys,
    routes,
    notifier,
    waker,
    log,
    signal,
    urlExemptions: config,
    onFetched: metrics.fetched,
  });
  const recorder = new Recorder({
    pool,
    notifier,
    log,
    onRecorded: metrics.attempted,
    onFlip: reactToFlips({ announcer, waker, log }),
  });

  // However long Temporal is away: a worker has nothing else to do.
  await untilReached(reachableTemporal(config.temporal), waiting);
  const connection = await NativeConnection.connect(temporalConnectionOptions(config.temporal));
  const buildId = await thisBuildId();
  const worker = await Worker.create({
    connection,
    namespace: config.temporal.namespace,
    taskQueue,
    workflowBundle: { codePath: bundlePath },
    activities: createActivities({
      pool,
      keys,
      sender,
      recorder,
      notifier,
      waker,
      announcer,
      issues,
      workflows: lifecycleOver(temporal),
      perWebhook: config.concurrency.perWebhook,
      gate: new Gate(config.concurrency.perProcess),
      places: new Shares(mostActivities - keptForOthers),
      localPlaces: new Shares(mostLocal),
      findable: () => temporal.use(findable.may),
      underWay: new Map(),
      retentionMs: config.retentionMs,
      attemptAtMostMs: 5_000,
      recoverAtMostMs: 60_000,
      log,
      onSwept: metrics.swept,
    }),
    workerDeploymentOptions: versioned(buildId),
    maxConcurrentActivityTaskExecutions: mostActivities,
    maxConcurrentWorkflowTaskExecutions: mostWorkflowTasks,
    maxConcurrentLocalActivityExecutions: mostLocal,
    maxCachedWorkflows: 500,
    shutdownGraceTime: '20 seconds',
  });
  await temporal.use(ensureSweepSchedule);
  await temporal.use(findable.may);
  const running = worker.run();
  const standing = await temporal.use((client) => standingOf(client, config.temporal.namespace, buildId));
  log.info({ buildId, current: standing.current }, 'worker ready');
  // A supervisor promotes what it starts. Elsewhere this is right amid a rolling update, or else a step is missing.
  if (standing.current !== buildId && process.send === undefined) {
    log.warn(
      { buildId, ...standing },
      'no workflows are given to this build until it is promoted: npm run worker:promote',
    );
  }
  const watch = watchPromotion({ temporal, namespace: config.temporal.namespace, taskQueue, buildId, log });
  metrics.gauge(
    'everhook_workflows_unserved',
    '1 where workflows are given to a build that no worker runs of: nothing is retried then.',
    () => watch.unserved,
  );
  return {
    ended: running,
    async close() {
      watch.stop();
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
      await recorder.drained();
      await commits.drained();
      await issues.close();
      await waker.close();
      await notifier.close();
      await sender.close();
      await temporal.close();
      await connection.close();
      await announcement.close();
      await database.close();
      await metricsServer.close();
    },
  };
});
