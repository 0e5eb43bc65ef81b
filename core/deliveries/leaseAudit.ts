import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Dispatcher } from './dispatcher.ts';
import type { ProcessLease } from './processLease.ts';
import { release } from './release.ts';
import type { Waker } from './waker.ts';

const auditEveryMs = 10_000;

/**
 * Finds deliveries that are leased to this process but that it does not own, and hands them to their workflows. This happens if
 * the connection breaks during a commit: the process sees an error although PostgreSQL has committed.
 */
export function startLeaseAudit(parts: {
  pool: Pool;
  lease: ProcessLease;
  dispatcher: Dispatcher;
  waker: Waker;
  log: Logger;
}): { stop(): void } {
  const { pool, lease, dispatcher, waker, log } = parts;

  async function audit(): Promise<void> {
    const { rows } = await pool.query<{ id: string }>({
      name: 'lease_audit',
      text: `SELECT id FROM delivery WHERE leased_by = $1 AND created_at < now() - interval '10 seconds' LIMIT 5000`,
      values: [lease.id],
    });
    const stray = rows.map((row) => row.id).filter((id) => !dispatcher.owns(id));
    if (stray.length === 0) return;
    log.warn(
      { deliveries: stray.length },
      'deliveries leased to this process were not in hand; their workflows take them',
    );
    const now = Date.now();
    for (const webhookId of await release(pool, stray)) waker.wake(webhookId, now);
  }

  const timer = setInterval(() => {
    audit().catch((error) => log.warn({ err: error }, 'the lease audit did not reach the database'));
  }, auditEveryMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
