import type { Pool } from 'pg';
import { deadProcesses, type Watch } from './deadProcesses.ts';

/** A delivery that is overdue by this much counts as forgotten by its workflow. Milliseconds. */
export const forgottenAfterMs = 5_000;
const maxAtOnce = 5_000;

/** The result of one sweep. */
export interface Swept {
  /** Deliveries of dead processes that now belong to their webhooks' workflows. */
  readonly released: number;
  /** Webhooks whose workflow must be woken. */
  readonly webhookIds: readonly string[];
}

/** Repairs what dead processes left behind: releases their leased deliveries, and finds waiting ones whose workflow is not awake. */
export async function sweepDeliveries(pool: Pool, watch?: Watch): Promise<Swept> {
  const [released, forgotten] = await Promise.all([releaseOfDead(pool, watch), forgottenWebhooks(pool)]);
  const webhookIds = new Set([...released, ...forgotten].map((row) => row.webhook_id));
  return { released: released.reduce((sum, row) => sum + row.count, 0), webhookIds: [...webhookIds] };
}

async function releaseOfDead(pool: Pool, watch?: Watch): Promise<{ webhook_id: string; count: number }[]> {
  const dead = await deadProcesses(pool, watch);
  if (dead.length === 0) return [];
  const { rows } = await pool.query<{ webhook_id: string; count: number }>(
    `WITH orphans AS (
       SELECT id FROM delivery
        WHERE leased_by IN (
                SELECT u.id FROM unnest($1::uuid[], $2::timestamptz[]) AS u(id, last_beat) LEFT JOIN process p USING (id)
                 WHERE p.heartbeat_at IS NOT DISTINCT FROM u.last_beat)
        LIMIT $3
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
    [dead.map(({ id }) => id), dead.map(({ lastBeat }) => lastBeat), maxAtOnce],
  );
  return rows;
}

async function forgottenWebhooks(pool: Pool): Promise<{ webhook_id: string }[]> {
  const { rows } = await pool.query<{ webhook_id: string }>(
    `SELECT DISTINCT webhook_id FROM delivery
      WHERE webhook_id IS NOT NULL AND leased_by IS NULL AND status IN ('PENDING', 'RETRYING') AND next_attempt_at < now() - $1 * interval '1 millisecond'`,
    [forgottenAfterMs],
  );
  return rows;
}
