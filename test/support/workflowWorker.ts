import { join } from 'node:path';
import {
  bundleWorkflowCode,
  type NativeConnection,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import type { Pool } from 'pg';
import { type Logger, pino } from 'pino';
import { v7 } from 'uuid';
import type { TimeSource } from '../../core/deliveries/attempt.ts';
import { noFastLane } from '../../core/deliveries/fastLane.ts';
import type { SignalWorkflow } from '../../core/deliveries/ownership.ts';
import { Recorder } from '../../core/deliveries/recorder.ts';
import { RouteCache } from '../../core/deliveries/routing.ts';
import { Waker } from '../../core/deliveries/waker.ts';
import { GroupCommit } from '../../core/events/groupCommit.ts';
import { Gate } from '../../core/fairness/gate.ts';
import { Shares } from '../../core/fairness/shares.ts';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { HealthAnnouncer } from '../../core/health/announce.ts';
import { reactToHealthTransitions } from '../../core/health/react.ts';
import { createIssueSync } from '../../core/issues/issueSync.ts';
import type { SignalIssue } from '../../core/issues/issueWaker.ts';
import type { SyncParts } from '../../core/issues/syncIssue.ts';
import type { KeyRing } from '../../core/secrets/keyRing.ts';
import { createSender } from '../../core/sender/sender.ts';
import { createActivities } from '../../workflows/activities/activities.ts';
import { capacityOf } from '../../workflows/worker/capacity.ts';
import { versioned } from '../../workflows/worker/deployment.ts';

const silent = pino({ level: 'silent' });
const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };

const bundles = new Map<string, Promise<WorkflowBundleWithSourceMap>>();

/** Workflow code, bundled once for each test file; by default the present code. */
export function workflowBundle(entry = 'workflows/index.ts'): Promise<WorkflowBundleWithSourceMap> {
  let bundle = bundles.get(entry);
  if (!bundle) {
    bundle = bundleWorkflowCode({
      workflowsPath: join(packageRoot, entry),
      workflowInterceptorModules: [join(packageRoot, 'workflows/tracing.cjs')],
      logger: quiet,
    });
    bundles.set(entry, bundle);
  }
  return bundle;
}

export interface WorkflowWorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly pool: Pool;
  readonly keys: KeyRing;
  /** By default nothing is written. */
  readonly log?: Logger;
  /** Wakes workflows; by default nothing does. */
  readonly signal?: SignalWorkflow;
  /** Wakes issues' workflows for the sweep; by default nothing does. */
  readonly signalIssue?: SignalIssue;
  /** Called for each call to a tracker. */
  readonly onFetched?: SyncParts['onFetched'];
  /** Starts the workflows of recoveries for the sweep; by default nothing does. */
  readonly startRecovery?: (recoveryId: string) => Promise<void>;
  /** The same for deletions. */
  readonly startDeletion?: (deletionId: string) => Promise<void>;
  /** The same for erasures. */
  readonly startErasure?: (erasureId: string) => Promise<void>;
  /** Starts the workflows that resume webhooks for the sweep; by default nothing does. */
  readonly startResume?: (webhookId: string) => Promise<void>;
  /** How long the delivery log is kept, in milliseconds; by default for ever. */
  readonly retentionMs?: number;
  /** Called with the outcome of each job of the sweep. */
  readonly onSwept?: (job: string, outcome: 'done' | 'failed') => void;
  /** The longest time that one activity works on a recovery, in milliseconds. */
  readonly recoverAtMostMs?: number;
  /** Activities at once; by default as many as a worker process has. */
  readonly activities?: number;
  /** Whether the namespace has the search attributes; by default not, as on the time-skipping server. */
  readonly findable?: () => Promise<boolean>;
  /** Whether the server skips time: then activities follow the workflows' time, which runs ahead. @default false */
  readonly skipsTime?: boolean;
  /** Whether workflows stay in the worker between their tasks. If they do, another worker gets them only after a while. */
  readonly sticky?: boolean;
  /** Workflow code other than the present code, and its activities besides the present ones. */
  readonly old?: { readonly entry: string; readonly activities: object };
  /** The worker's version; by default it is not versioned, as on a server without versioning. */
  readonly buildId?: string;
}

/** The time of a workflow that runs ahead of the clock. */
function ahead(workflowTime: number): TimeSource {
  const lead = Math.max(0, workflowTime - Date.now());
  return { now: () => Date.now() + lead, random: Math.random };
}

/** Starts a worker with the real workflows and activities in this process. @returns stops it */
export async function startWorkflowWorker(options: WorkflowWorkerOptions): Promise<() => Promise<void>> {
  const { connection, namespace, taskQueue, pool, keys, log = silent } = options;
  const sender = createSender({ allowHttp: true, allowedPrivateRanges: ['127.0.0.0/8'], userAgent: 'Everhook/test' });
  const notifier = { changed() {}, close: async () => {} };
  const waker = new Waker(options.signal ?? (async () => {}), log);
  const routes = new RouteCache(pool, keys);
  const commits = new GroupCommit({ pool, routes, waker, notifier, log, dispatcher: noFastLane, processId: v7() });
  const announcer = new HealthAnnouncer({ pool, commits, notifier, log });
  const issues = createIssueSync({
    pool,
    keys,
    routes,
    notifier,
    waker,
    log,
    signal: options.signalIssue ?? (async () => {}),
    urlExemptions: { allowHttp: true, allowedPrivateRanges: ['127.0.0.0/8'] },
    ...(options.onFetched ? { onFetched: options.onFetched } : {}),
  });
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue,
    workflowBundle: await workflowBundle(options.old?.entry),
    activities: {
      ...createActivities({
        pool,
        keys,
        sender,
        notifier,
        recorder: new Recorder({
          pool,
          notifier,
          log,
          onHealthTransition: reactToHealthTransitions({ announcer, waker, log }),
        }),
        waker,
        announcer,
        issues,
        startRecovery: options.startRecovery ?? (async () => {}),
        startDeletion: options.startDeletion ?? (async () => {}),
        startErasure: options.startErasure ?? (async () => {}),
        startResume: options.startResume ?? (async () => {}),
        perWebhook: 64,
        gate: new Gate(256),
        retentionMs: options.retentionMs ?? null,
        auditRetentionMs: null,
        log,
        ...(options.onSwept ? { onSwept: options.onSwept } : {}),
        ...capacityOf(options.activities ?? 240),
        localPlaces: new Shares(30),
        findable: options.findable ?? (async () => false),
        underWay: new Map(),
        holder: v7(),
        attemptAtMostMs: 5_000,
        ...(options.skipsTime ? { timeAt: ahead } : {}),
        deleteAtMostMs: 20_000,
        recoverAtMostMs: options.recoverAtMostMs ?? 60_000,
      }),
      ...options.old?.activities,
    },
    ...(options.activities ? { maxConcurrentActivityTaskExecutions: options.activities } : {}),
    ...(options.sticky === false ? { maxCachedWorkflows: 0 } : {}),
    ...(options.buildId ? { workerDeploymentOptions: versioned(options.buildId) } : {}),
  });
  const running = worker.run();
  return async () => {
    worker.shutdown();
    await running;
    await issues.close();
    await sender.close();
  };
}
