import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { DirectDeliveries } from '../deliveries/direct.ts';
import { Dispatcher, type DispatchLimits } from '../deliveries/dispatcher.ts';
import { startLeaseAudit } from '../deliveries/leaseAudit.ts';
import type { SignalWorkflow } from '../deliveries/ownership.ts';
import { ProcessLease } from '../deliveries/processLease.ts';
import { Recorder } from '../deliveries/recorder.ts';
import { RouteCache } from '../deliveries/routing.ts';
import { Waker } from '../deliveries/waker.ts';
import { GroupCommit } from '../events/groupCommit.ts';
import { HealthAnnouncer } from '../health/announce.ts';
import { reactToFlips } from '../health/react.ts';
import type { Notifier } from '../live/notifier.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import type { Sender } from '../sender/exchange.ts';
import type { Metrics } from './metrics.ts';

/** What an engine is made of. */
export interface EngineParts {
  readonly pool: Pool;
  /** For the heartbeat alone. @default pool */
  readonly heartbeatPool?: Pool;
  readonly keys: KeyRing;
  readonly sender: Sender;
  readonly notifier: Notifier;
  /** How webhooks' workflows are told what is theirs. */
  readonly signal: SignalWorkflow;
  readonly limits: DispatchLimits;
  readonly metrics: Metrics;
  /** See `ProcessLease`; tests do not wait as long. */
  readonly settleMs?: number;
  readonly log: Logger;
}

/** The part of an API process that stores events and makes their first attempts. */
export interface Engine {
  readonly commits: GroupCommit;
  readonly dispatcher: Dispatcher;
  readonly direct: DirectDeliveries;
  readonly waker: Waker;
  readonly announcer: HealthAnnouncer;
  readonly recorder: Recorder;
  /** Answers what was taken, leaves what is queued to the workflows and records what is under way. Takes no more. */
  close(): Promise<void>;
}

export async function startEngine(parts: EngineParts): Promise<Engine> {
  const { pool, log, notifier, keys, metrics } = parts;
  const routes = new RouteCache(pool, keys);
  const lease = new ProcessLease(parts.heartbeatPool ?? pool, log, parts.settleMs);
  const waker = new Waker(parts.signal, log);
  const recorder = new Recorder({
    pool,
    notifier,
    log,
    onRecorded: metrics.attempted,
    onFlip(flip) {
      routes.forget(flip.organization_id);
      react(flip);
    },
  });
  const dispatcher = new Dispatcher({ ...parts, recorder, waker, lease });
  const shared = { pool, keys, dispatcher, waker, lease, notifier, log };
  const commits = new GroupCommit({ ...shared, routes, processId: lease.id, onStored: metrics.stored });
  const announcer = new HealthAnnouncer({ ...shared, commits });
  const react = reactToFlips({ announcer, waker, log });
  metrics.gauge(
    'everhook_deliveries_in_hand',
    'Deliveries that this process sends, queues or records.',
    () => dispatcher.open,
  );
  metrics.gauge('everhook_attempts_unrecorded', 'Attempts that wait to be recorded.', () => recorder.backlog);
  await lease.start();
  const audit = startLeaseAudit(shared);

  return {
    commits,
    dispatcher,
    recorder,
    direct: new DirectDeliveries(shared),
    waker,
    announcer,
    async close() {
      audit.stop();
      await commits.drained();
      await dispatcher.close();
      await waker.close();
      await lease.stop();
    },
  };
}
