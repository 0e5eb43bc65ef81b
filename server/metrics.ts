import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { AttemptResult } from './deliveries/task.ts';

/** What one process counts, in Prometheus' terms. Nothing is labelled by tenant: labels multiply. */
export interface Metrics {
  readonly registry: Registry;
  /** To be called once for each attempt that is recorded. */
  attempted(result: AttemptResult): void;
  /** To be called once for each group of events that is stored. */
  stored(events: number, deliveries: number): void;
  /** Shows a number that is read when the metrics are. */
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
