import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { withTimeout } from '../ground/withTimeout.ts';
import { type InstallationState, maxCounted, readInstallationState } from '../stats/installationState.ts';
import { cachedRead } from './cachedRead.ts';
import type { Metrics } from './metrics.ts';

/** How long a scrape waits for the read, in milliseconds: Prometheus gives up after 10 s. */
const patienceMs = 3_000;

const upTo = `Counted up to ${maxCounted}.`;
const gauges: readonly [name: string, help: string, field: keyof InstallationState][] = [
  [
    'everhook_oldest_due_age_seconds',
    'How long the delivery is overdue that waits longest for a worker.',
    'oldestDueSeconds',
  ],
  ['everhook_backlog_deliveries', `Deliveries that are due and wait for a worker. ${upTo}`, 'due'],
  ['everhook_retrying_deliveries', `Deliveries that failed and wait for their next attempt. ${upTo}`, 'retrying'],
  ['everhook_held_deliveries', `Deliveries of paused webhooks. ${upTo}`, 'held'],
  ['everhook_degraded_webhooks', `Active webhooks that are DEGRADED. ${upTo}`, 'degradedWebhooks'],
  ['everhook_disabled_webhooks', `Active webhooks that are DISABLED. ${upTo}`, 'disabledWebhooks'],
  [
    'everhook_inbound_oldest_due_age_seconds',
    'How long the tracker’s report is overdue that waits longest.',
    'inboundOldestDueSeconds',
  ],
  ['everhook_inbound_pending_events', `Trackers’ reports that are not handled yet. ${upTo}`, 'inboundPending'],
];

/**
 * Gauges of the whole installation, which every process that shows metrics reads from the database itself: also where no worker
 * runs. While it cannot be read they are not shown, and `everhook_database_reachable` is 0.
 */
export function addStoreGauges(parts: {
  readonly pool: Pool;
  readonly metrics: Pick<Metrics, 'gauge'>;
  readonly log: Logger;
  readonly cacheMs?: number;
}): void {
  const { pool, metrics, log, cacheMs } = parts;
  const state = cachedRead(
    () =>
      withTimeout(patienceMs, () => readInstallationState(pool)).catch((error: unknown) => {
        log.warn({ err: error }, 'the gauges of the installation could not be read');
        return null;
      }),
    cacheMs,
  );
  for (const [name, help, field] of gauges) metrics.gauge(name, help, async () => (await state())?.[field] ?? null);
  metrics.gauge(
    'everhook_database_reachable',
    '1 if the gauges of the installation could be read from PostgreSQL, else 0.',
    async () => ((await state()) === null ? 0 : 1),
  );
}
