import { NativeConnection, Worker } from '@temporalio/worker';
import { noFastLane } from '../server/deliveries/fastLane.ts';
import { Recorder } from '../server/deliveries/recorder.ts';
import { RouteCache } from '../server/deliveries/routing.ts';
import { Waker } from '../server/deliveries/waker.ts';
import { GroupCommit } from '../server/events/groupCommit.ts';
import { Gate } from '../server/fairness/gate.ts';
import { Shares } from '../server/fairness/shares.ts';
import { HealthAnnouncer } from '../server/health/announce.ts';
import { reactToFlips } from '../server/health/react.ts';
import { serveMetrics } from '../server/http/metricsServer.ts';
import { createIssueSync } from '../server/issues/issueSync.ts';
import { createNotifier } from '../server/live/notifier.ts';
import { createMetrics } from '../server/metrics.ts';
import { newId } from '../server/newId.ts';
import { reachableDatabase, untilReached } from '../server/reach.ts';
import { reachableTemporal } from '../server/reachTemporal.ts';
import { runProcess } from '../server/runProcess.ts';
import { announceKeys } from '../server/secrets/keyHolders.ts';
import { parseKeyRing } from '../server/secrets/keyRing.ts';
import { createSender } from '../server/sender/sender.ts';
import { openDatabase } from '../server/store/database.ts';
import { createTemporalClient, temporalConnectionOptions } from '../server/temporal.ts';
import { userAgent } from '../server/version.ts';
import { createActivities } from './activities/activities.ts';
import { bundlePath, standingOf, thisBuildId, versioned } from './deployment.ts';
import { findableOver } from './findable.ts';
import { lifecycleOver } from './lifecycle.ts';
import { taskQueue } from './names.ts';
import { installRuntime } from './runtime.ts';
import { signalIssueOver } from './signalIssue.ts';
import { signalWorkflowOver } from './signalWorkflow.ts';
import { ensureSweepSchedule } from './sweepSchedule.ts';
import { watchPromotion } from './watchPromotion.ts';

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
    lifts: config,
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
