import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { AttemptResult } from '../deliveries/task.ts';
import { timeOfId } from '../ground/idTime.ts';
import { version } from '../ground/version.ts';
import type { ReceivedOutcome } from '../inbound/receiver.ts';
import type { TrackerName } from '../issues/provider.ts';
import type { FetchOutcome } from '../issues/syncIssue.ts';
import type { EgressCause } from '../sender/egress.ts';

/** The metrics of one process, for Prometheus. None has a label for the tenant: that would multiply the series. */
export interface Metrics {
  readonly registry: Registry;
  /** Call it once for each batch of recorded attempts. */
  attempted(results: readonly AttemptResult[]): void;
  /** Call it once for each call whose events were stored, with the time from taking them to the commit. */
  published(durationMs: number): void;
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
  /** Call it once with the jobs that this process may do: one that never succeeds is missed from now on. */
  sweeps(jobs: readonly string[]): void;
  /**
   * Call it once for each try of a call to Temporal that has ended.
   *
   * @param code - gRPC's status code, by its name
   */
  called(operation: string, code: string, durationMs: number): void;
  /** Call it once for each connection that failed by the installation's own fault. */
  egressFailed(cause: EgressCause): void;
  /**
   * Call it once for each HTTP request that was answered.
   *
   * @param route - one of a few names, never a path
   * @param durationMs - null for a stream, which lasts as long as its reader likes
   */
  requested(route: string, status: number, durationMs: number | null): void;
  /** Call it once for each operation that failed by a fault of Everhook (INTERNAL), or while a part is away (UNAVAILABLE). */
  failed(code: 'INTERNAL' | 'UNAVAILABLE'): void;
  /** Call it once for each query that found no free connection of the pool, with the time until it had one. */
  waitedForConnection(durationMs: number): void;
  /** Adds a gauge whose value is read at each scrape, in place of one of the same name. Null: it is not shown. */
  gauge(name: string, help: string, read: () => number | null | Promise<number | null>): void;
  /** The same for a few values, each with the label `state`. */
  gaugeOfStates(name: string, help: string, read: () => Readonly<Record<string, number>>): void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'everhook_' });
  const attempts = new Counter({
    name: 'everhook_attempts_total',
    help: 'Attempts recorded, by outcome, by what became of the delivery, and by the webhook’s profile.',
    labelNames: ['outcome', 'status', 'profile'],
    registers,
  });
  const seconds = new Histogram({
    name: 'everhook_attempt_duration_seconds',
    help: 'Time from look-up to the last byte of the answer.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const deliverySeconds = new Histogram({
    name: 'everhook_delivery_latency_seconds',
    help: 'Time from the event’s acceptance to the receiver’s good answer, by whether the first attempt succeeded.',
    labelNames: ['attempt'],
    buckets: [0.025, 0.1, 0.25, 1, 5, 30, 300, 3_600, 86_400],
    registers,
  });
  const publishSeconds = new Histogram({
    name: 'everhook_publish_duration_seconds',
    help: 'Time from taking a call’s events to their commit.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers,
  });
  const requests = new Counter({
    name: 'everhook_http_requests_total',
    help: 'HTTP requests answered, by route and by the first digit of the status.',
    labelNames: ['route', 'status'],
    registers,
  });
  const requestSeconds = new Histogram({
    name: 'everhook_http_request_duration_seconds',
    help: 'Time from a request’s headers to the end of its answer. Streams are left out.',
    labelNames: ['route'],
    buckets: [0.005, 0.025, 0.1, 0.25, 1, 5, 10],
    registers,
  });
  const failures = new Counter({
    name: 'everhook_failed_operations_total',
    help: 'Operations that failed by a fault of Everhook (INTERNAL) or while a part is away (UNAVAILABLE). The log has each.',
    labelNames: ['code'],
    registers,
  });
  // A counter that begins with its first failure never rises, for Prometheus.
  for (const code of ['INTERNAL', 'UNAVAILABLE']) failures.inc({ code }, 0);
  const connectionSeconds = new Histogram({
    name: 'everhook_database_pool_wait_seconds',
    help: 'Time that queries waited for a connection to PostgreSQL, of those that found none free.',
    buckets: [0.005, 0.025, 0.1, 0.5, 2, 5],
    registers,
  });
  new Gauge({
    name: 'everhook_build_info',
    help: 'Always 1; the label is the version that this process runs.',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1);
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
  const sweptAt = new Gauge({
    name: 'everhook_sweep_last_success_timestamp_seconds',
    help: 'When each job of the sweep was last done by this process; before that, when the process started.',
    // Prometheus itself sets a label named job.
    labelNames: ['sweep'],
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
    attempted(results) {
      // A batch has a few different kinds of results: a counter takes longer to find than to add to.
      const kinds = new Map<
        string,
        { count: number; readonly labels: Record<'outcome' | 'status' | 'profile', string> }
      >();
      for (const { outcome, status, durationMs, startedAt, task } of results) {
        const profile = task.webhook.profile.name;
        const kind = `${outcome} ${status} ${profile}`;
        const known = kinds.get(kind);
        if (known) known.count++;
        else kinds.set(kind, { count: 1, labels: { outcome, status, profile } });
        seconds.observe(durationMs / 1_000);
        if (status !== 'DELIVERED') continue;
        const sinceMs = startedAt.getTime() + durationMs - timeOfId(task.envelope.deliveryId);
        // Another machine's clock may be ahead.
        deliverySeconds.observe(task.attempt === 1 ? first : retry, Math.max(0, sinceMs) / 1_000);
      }
      for (const { count, labels } of kinds.values()) attempts.inc(labels, count);
    },
    published(durationMs) {
      publishSeconds.observe(durationMs / 1_000);
    },
    requested(route, status, durationMs) {
      requests.inc({ route, status: `${Math.floor(status / 100)}xx` });
      if (durationMs !== null) requestSeconds.observe({ route }, durationMs / 1_000);
    },
    failed(code) {
      failures.inc({ code });
    },
    waitedForConnection(durationMs) {
      connectionSeconds.observe(durationMs / 1_000);
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
      if (outcome === 'done') sweptAt.set({ sweep: job }, Date.now() / 1_000);
    },
    sweeps(jobs) {
      for (const job of jobs) sweptAt.set({ sweep: job }, Date.now() / 1_000);
    },
    called(operation, code, durationMs) {
      called.inc({ operation, code });
      calledSeconds.observe(durationMs / 1_000);
    },
    egressFailed(cause) {
      egressFailures.inc({ cause });
    },
    gauge(name, help, read) {
      registry.removeSingleMetric(name);
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          const value = await read();
          if (value === null) this.remove();
          else this.set(value);
        },
      });
    },
    gaugeOfStates(name, help, read) {
      registry.removeSingleMetric(name);
      new Gauge({
        name,
        help,
        labelNames: ['state'],
        registers,
        collect() {
          for (const [state, value] of Object.entries(read())) this.set({ state }, value);
        },
      });
    },
  };
}

const first = { attempt: 'first' };
const retry = { attempt: 'retry' };

/** The requests to receivers that a process has under way, and how many it may have. */
export function addRequestGauges(metrics: Pick<Metrics, 'gauge'>, inFlight: () => number, max: number): void {
  metrics.gauge('everhook_requests_in_flight', 'Requests to receivers that this process has under way.', inFlight);
  metrics.gauge('everhook_requests_max', 'Requests to receivers that this process may have under way.', () => max);
}
