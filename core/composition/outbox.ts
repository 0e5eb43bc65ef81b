import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { FailureLog } from '../deliveries/failureLog.ts';
import type { FastLane } from '../deliveries/fastLane.ts';
import type { SignalWorkflow } from '../deliveries/ownership.ts';
import { Recorder } from '../deliveries/recorder.ts';
import { RouteCache } from '../deliveries/routing.ts';
import { Waker } from '../deliveries/waker.ts';
import { GroupCommit } from '../events/groupCommit.ts';
import { HealthAnnouncer } from '../health/announce.ts';
import { reactToHealthTransitions } from '../health/react.ts';
import type { Notifier } from '../live/notifier.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import type { Metrics } from './metrics.ts';

export interface OutboxParts {
  readonly pool: Pool;
  /** See `Database`. @default pool */
  readonly hotPool?: Pool;
  readonly keys: KeyRing;
  readonly notifier: Notifier;
  /** Signals webhooks' workflows. */
  readonly signal: SignalWorkflow;
  readonly metrics: Pick<Metrics, 'attempted' | 'stored' | 'published'>;
  readonly log: Logger;
}

/** What stores events with their deliveries, and records attempts. */
export interface Outbox<Lane extends FastLane> {
  readonly routes: RouteCache;
  readonly waker: Waker;
  readonly recorder: Recorder;
  readonly dispatcher: Lane;
  readonly commits: GroupCommit;
  readonly announcer: HealthAnnouncer;
}

/**
 * @param processId - under which this process leases deliveries
 * @param laneOf - makes what attempts deliveries as soon as they are stored
 */
export function createOutbox<Lane extends FastLane>(
  parts: OutboxParts,
  processId: string,
  laneOf: (shared: { readonly waker: Waker; readonly recorder: Recorder }) => Lane,
): Outbox<Lane> {
  const { pool, keys, notifier, metrics, log } = parts;
  const hotPool = parts.hotPool ?? pool;
  const routes = new RouteCache(pool, keys);
  const waker = new Waker(parts.signal, log);
  const failures = new FailureLog(log);
  const recorder = new Recorder({
    pool: hotPool,
    notifier,
    log,
    onRecorded(recorded) {
      // What a developer's own server answers is no news of the installation.
      const results = recorded.filter(({ task }) => !task.webhook.listener);
      metrics.attempted(results);
      failures.note(results);
    },
    onHealthTransition(transition) {
      routes.forget(transition.organization_id);
      react(transition);
    },
  });
  const dispatcher = laneOf({ waker, recorder });
  const commits = new GroupCommit({
    ...{ pool: hotPool, routes, waker, notifier, log, dispatcher, processId },
    onStored: metrics.stored,
    onAnswered: metrics.published,
  });
  const announcer = new HealthAnnouncer({ pool, commits, notifier, log });
  const react = reactToHealthTransitions({ announcer, waker, log });
  return { routes, waker, recorder, dispatcher, commits, announcer };
}
