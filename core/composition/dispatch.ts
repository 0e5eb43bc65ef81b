import type { Pool } from 'pg';
import { DirectDeliveries } from '../deliveries/direct.ts';
import { Dispatcher, type DispatchLimits } from '../deliveries/dispatcher.ts';
import { startLeaseAudit } from '../deliveries/leaseAudit.ts';
import { ProcessLease } from '../deliveries/processLease.ts';
import { Closing } from '../ground/closing.ts';
import type { Sender } from '../sender/exchange.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { addRequestGauges, type Metrics } from './metrics.ts';
import { createOutbox, type Outbox, type OutboxParts } from './outbox.ts';

export interface DispatchParts extends OutboxParts {
  /** For the heartbeat alone. @default pool */
  readonly heartbeatPool?: Pool;
  readonly sender: Sender;
  readonly limits: DispatchLimits;
  /** Absent or null: off. */
  readonly tracing?: Tracing | null;
  readonly metrics: Pick<Metrics, 'attempted' | 'stored' | 'published' | 'gauge' | 'gaugeOfStates'>;
  /** See `ProcessLease`; tests do not wait as long. */
  readonly settleMs?: number;
  /** Does a step of the start again after an outage of the database. @default once */
  readonly onDatabase?: (work: () => Promise<void>) => Promise<void>;
}

/** The outbox of an API process, which makes first attempts at once. */
export interface Dispatch extends Outbox<Dispatcher> {
  readonly direct: DirectDeliveries;
  /** Answers what was taken, leaves what is queued to the workflows and records what is under way. Takes no more. */
  close(): Promise<void>;
}

export async function startDispatch(parts: DispatchParts): Promise<Dispatch> {
  const { pool, log, metrics, onDatabase = (work) => work() } = parts;
  const lease = new ProcessLease(parts.heartbeatPool ?? pool, log, parts.settleMs);
  const outbox = createOutbox(parts, lease.id, (shared) => new Dispatcher({ ...parts, ...shared, lease }));
  const { commits, dispatcher, recorder, waker } = outbox;
  metrics.gauge(
    'everhook_deliveries_in_hand',
    'Deliveries that this process sends, queues or records.',
    () => dispatcher.open,
  );
  metrics.gauge('everhook_attempts_unrecorded', 'Attempts that wait to be recorded.', () => recorder.backlog);
  metrics.gaugeOfStates(
    'everhook_lanes',
    'Webhooks whose receivers this process knows (open), and those whose receiver does not answer now (stalled).',
    () => ({ open: dispatcher.load.lanes, stalled: dispatcher.load.stalled }),
  );
  metrics.gauge('everhook_lane_deliveries', 'First attempts queued in lanes.', () => dispatcher.load.queued);
  addRequestGauges(metrics, () => dispatcher.load.inFlight, parts.limits.perProcess);
  await onDatabase(() => lease.start());
  const closing = new Closing(log);
  closing.defer('the lease', () => lease.stop());
  closing.add('the signals to workflows', waker);
  closing.add('first attempts', dispatcher);
  closing.defer('commits', () => commits.drained());
  const audit = startLeaseAudit({ ...outbox, pool, lease, log });
  closing.defer('the lease audit', () => audit.stop());
  return {
    ...outbox,
    direct: new DirectDeliveries({ ...parts, dispatcher, waker, lease }),
    close: () => closing.close(),
  };
}
