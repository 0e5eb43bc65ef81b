import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { noFastLane } from '../server/deliveries/fastLane.ts';
import { Gate } from '../server/deliveries/gate.ts';
import { Recorder } from '../server/deliveries/recorder.ts';
import { RouteCache } from '../server/deliveries/routing.ts';
import { Waker } from '../server/deliveries/waker.ts';
import { GroupCommit } from '../server/events/groupCommit.ts';
import { Shares } from '../server/fairness/shares.ts';
import { HealthAnnouncer } from '../server/health/announce.ts';
import { reactToFlips } from '../server/health/react.ts';
import { serveMetrics } from '../server/http/metricsServer.ts';
import { createIssueSync } from '../server/issues/issueSync.ts';
import { createNotifier } from '../server/live/notifier.ts';
import { createLog } from '../server/log.ts';
import { createMetrics } from '../server/metrics.ts';
import { newId } from '../server/newId.ts';
import { packageRoot } from '../server/packageRoot.ts';
import { loadProcessConfig, type ProcessConfig } from '../server/processConfig.ts';
import { announceKeys } from '../server/secrets/keyHolders.ts';
import { parseKeyRing } from '../server/secrets/keyRing.ts';
import { createSender } from '../server/sender/sender.ts';
import { openDatabase } from '../server/store/database.ts';
import { createTemporalClient, temporalConnectionOptions } from '../server/temporal.ts';
import { untilStopped } from '../server/untilStopped.ts';
import { userAgent } from '../server/version.ts';
import { createActivities } from './activities/activities.ts';
import { buildIdOf, setCurrentVersion, versioned } from './deployment.ts';
import { lifecycleOver } from './lifecycle.ts';
import { taskQueue } from './names.ts';
import { signalIssueOver } from './signalIssue.ts';
import { signalWorkflowOver } from './signalWorkflow.ts';
import { ensureSweepSchedule } from './sweepSchedule.ts';

/** One activity a webhook: this many webhooks retry at once. */
const mostActivities = 200;

/** Connects however long Temporal is away: a worker has nothing else to do. */
async function connect(config: ProcessConfig, log: Logger): Promise<NativeConnection> {
  for (let pauseMs = 250; ; pauseMs = Math.min(pauseMs * 2, 5_000)) {
    try {
      return await NativeConnection.connect(temporalConnectionOptions(config.temporal));
    } catch (error) {
      log.warn({ err: error, pauseMs }, 'Temporal cannot be reached; trying again');
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

/** Runs a worker process: retries, backlogs and the sweep. */
async function run(config: ProcessConfig, log: Logger): Promise<void> {
  const database = openDatabase(config.databaseUrl, {
    connections: 10,
    onIdleError: (error) => log.warn({ err: error }, 'a database connection was lost'),
  });
  const { pool } = database;
  const temporal = createTemporalClient(config.temporal);
  const metrics = createMetrics();
  const metricsServer = await serveMetrics(metrics.registry, config, log);
  const sender = createSender({ ...config, userAgent });
  const notifier = createNotifier(pool, log);
  const keys = parseKeyRing(config.encryptionKeys);
  const announcement = await announceKeys(pool, keys, log);
  const waker = new Waker(signalWorkflowOver(temporal), log);
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

  const connection = await connect(config, log);
  const codePath = join(packageRoot, 'dist/workflows/bundle.js');
  const buildId = buildIdOf(await readFile(codePath, 'utf8'));
  const worker = await Worker.create({
    connection,
    namespace: config.temporal.namespace,
    taskQueue,
    workflowBundle: { codePath },
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
      places: new Shares(mostActivities),
      draining: new Map(),
      retentionMs: config.retentionMs,
      drainAtMostMs: 60_000,
      log,
      onSwept: metrics.swept,
    }),
    workerDeploymentOptions: versioned(buildId),
    maxConcurrentActivityTaskExecutions: mostActivities,
    maxConcurrentWorkflowTaskExecutions: 40,
    maxCachedWorkflows: 500,
    shutdownGraceTime: '20 seconds',
  });
  const running = worker.run();
  await temporal.use(async (client) => {
    await Promise.race([setCurrentVersion(client, config.temporal.namespace, buildId, log), running]);
    await ensureSweepSchedule(client);
  });
  log.info({ buildId }, 'worker ready');
  process.send?.('ready');

  await Promise.race([untilStopped(), running]);
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
}

const config = loadProcessConfig(process.env);
const log = createLog(config.logLevel, 'worker');
run(config, log).then(
  () => process.exit(0),
  (error) => {
    log.fatal({ err: error }, 'the worker stopped');
    process.exit(1);
  },
);
