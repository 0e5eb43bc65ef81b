import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { AttemptResult } from '../deliveries/task.ts';
import type { ReceivedOutcome } from '../inbound/receiver.ts';
import type { TrackerName } from '../issues/provider.ts';
import type { FetchOutcome } from '../issues/syncIssue.ts';
import type { EgressCause } from '../sender/egress.ts';

/** The metrics of one process, for Prometheus. None has a label for the tenant: that would multiply the series. */
export interface Metrics {
  readonly registry: Registry;
  /** Call it once for each recorded attempt. */
  attempted(result: AttemptResult): void;
  /** Call it once for each group of events that is stored. */
  stored(events: number, deliveries: number): void;
  /**
   * Call it once for each request of a tracker.
   *
   * @param provider - null if the token is unknown
   */
  received(provider: TrackerName | null, outcome: ReceivedOutcome, durationMs: number): void;
  /** Call it once for each issue that is fetched from a tracker's API. */
  fetched(provider: TrackerName, outcome: FetchOutcome, durationMs: number): void;
  /** Call it once for each job of the sweep that has ended. */
  swept(job: string, outcome: 'done' | 'failed'): void;
  /**
   * Call it once for each try of a call to Temporal that has ended.
   *
   * @param code - gRPC's status code, by its name
   */
  called(operation: string, code: string, durationMs: number): void;
  /** Call it once for each connection that failed by the installation's own fault. */
  egressFailed(cause: EgressCause): void;
  /** Adds a gauge whose value is read at each scrape. */
  gauge(name: string, help: string, read: () => number): void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'everhook_' });
  const attempts = new Counter({
    name: 'everhook_attempts_total',
    help: 'Attempts recorded, by outcome and by what became of the delivery.',
    labelNames: ['outcome', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'everhook_attempt_duration_seconds',
    help: 'Time from look-up to the last byte of the answer.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const events = new Counter({ name: 'everhook_events_total', help: 'Events accepted.', registers });
  const deliveries = new Counter({ name: 'everhook_deliveries_total', help: 'Deliveries made of events.', registers });
  const received = new Counter({
    name: 'everhook_inbound_events_total',
    help: 'Requests of trackers, by provider and by how they were answered.',
    labelNames: ['provider', 'outcome'],
    registers,
  });
  const receivedSeconds = new Histogram({
    name: 'everhook_inbound_answer_duration_seconds',
    help: 'Time from the last byte of a tracker’s proven request until its answer.',
    buckets: [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
    registers,
  });
  const fetched = new Counter({
    name: 'everhook_inbound_fetches_total',
    help: 'Calls for issues to trackers’ APIs, by provider and outcome.',
    labelNames: ['provider', 'outcome'],
    registers,
  });
  const fetchedSeconds = new Histogram({
    name: 'everhook_inbound_fetch_duration_seconds',
    help: 'Time that trackers’ APIs took to answer or to fail.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15],
    registers,
  });
  const swept = new Counter({
    name: 'everhook_sweep_jobs_total',
    help: 'Jobs of the sweep, by name and by whether they were done or failed.',
    labelNames: ['job', 'outcome'],
    registers,
  });
  const called = new Counter({
    name: 'everhook_temporal_calls_total',
    help: 'Calls of this process’s client to Temporal, each try for itself, by operation and by gRPC’s code.',
    labelNames: ['operation', 'code'],
    registers,
  });
  const calledSeconds = new Histogram({
    name: 'everhook_temporal_call_duration_seconds',
    help: 'Time that Temporal took to answer a call of this process’s client, or to fail.',
    buckets: [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const egressFailures = new Counter({
    name: 'everhook_egress_failures_total',
    help: 'Connections that failed by the fault of the proxy or the own address of the installation, by cause. No attempt is counted for them.',
    labelNames: ['cause'],
    registers,
  });
  return {
    registry,
    attempted({ outcome, status, durationMs }) {
      attempts.inc({ outcome, status });
      seconds.observe(durationMs / 1_000);
    },
    stored(eventCount, deliveryCount) {
      events.inc(eventCount);
      deliveries.inc(deliveryCount);
    },
    received(provider, outcome, durationMs) {
      received.inc({ provider: provider ?? 'none', outcome });
      // A refusal is delayed on purpose.
      if (outcome !== 'refused') receivedSeconds.observe(durationMs / 1_000);
    },
    fetched(provider, outcome, durationMs) {
      fetched.inc({ provider, outcome });
      fetchedSeconds.observe(durationMs / 1_000);
    },
    swept(job, outcome) {
      swept.inc({ job, outcome });
    },
    called(operation, code, durationMs) {
      called.inc({ operation, code });
      calledSeconds.observe(durationMs / 1_000);
    },
    egressFailed(cause) {
      egressFailures.inc({ cause });
    },
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    },
  };
}
