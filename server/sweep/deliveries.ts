import type { Pool } from 'pg';
import { deadAfterMs } from '../deliveries/processLease.ts';

/** How long after its time a waiting delivery is taken for forgotten by its workflow. Milliseconds. */
const forgottenAfterMs = 5_000;
const mostAtOnce = 5_000;

/** What was found. */
export interface Swept {
  /** Deliveries of dead processes that now belong to their webhooks' workflows. */
  readonly released: number;
  /** Webhooks whose workflow has something due. */
  readonly webhookIds: readonly string[];
}

/** Finds what a process that died left behind: deliveries that it leased, and waiting ones whose workflow was never woken. */
export async function sweepDeliveries(pool: Pool): Promise<Swept> {
  const released = await pool.query<{ webhook_id: string; count: number }>(
    `WITH orphans AS (
       SELECT id FROM delivery
        WHERE leased_by IS NOT NULL
          AND NOT EXISTS (SELECT FROM process p WHERE p.id = leased_by AND p.heartbeat_at > now() - $1 * interval '1 millisecond')
        LIMIT $2
          FOR UPDATE SKIP LOCKED
     ),
     released AS (
       UPDATE delivery d SET
         leased_by = NULL,
         status = CASE WHEN attempt_count = 0 THEN 'PENDING' ELSE 'RETRYING' END::delivery_status,
         next_attempt_at = coalesce(next_attempt_at, now()),
         version = version + 1,
         changed_at = clock_timestamp()
       FROM orphans WHERE d.id = orphans.id
       RETURNING d.webhook_id
     )
     SELECT webhook_id, count(*)::int AS count FROM released GROUP BY webhook_id`,
    [deadAfterMs, mostAtOnce],
  );
  const forgotten = await pool.query<{ webhook_id: string }>(
    `SELECT DISTINCT webhook_id FROM delivery
      WHERE webhook_id IS NOT NULL AND leased_by IS NULL AND status IN ('PENDING', 'RETRYING') AND next_attempt_at < now() - $1 * interval '1 millisecond'`,
    [forgottenAfterMs],
  );
  const webhookIds = new Set([...released.rows, ...forgotten.rows].map((row) => row.webhook_id));
  return { released: released.rows.reduce((sum, row) => sum + row.count, 0), webhookIds: [...webhookIds] };
}
