import type { Pool } from 'pg';
import { allOf } from '../ground/allOf.ts';
import { drain } from '../ground/drain.ts';
import { firstId } from '../ground/idTime.ts';
import { deadProcesses, type Watch } from './deadProcesses.ts';

/** A delivery that is overdue by this much counts as forgotten by its workflow. Milliseconds. */
export const forgottenAfterMs = 5_000;
const maxAtOnce = 5_000;
/** Webhooks of one statement: each is looked up in an index. */
const webhooksAtOnce = 2_000;

/**
 * Repairs what dead processes left behind: releases their leased deliveries, and finds waiting ones whose workflow is not awake.
 * Each part wakes what it has found by itself: where the other fails, nothing that was released is forgotten.
 *
 * @param wake - wakes a webhook's workflow
 * @returns how many deliveries of dead processes now belong to their webhooks' workflows
 */
export async function sweepDeliveries(pool: Pool, wake: (webhookId: string) => void, watch?: Watch): Promise<number> {
  const [released = 0] = await allOf([
    releaseOfDead(pool, watch).then((rows) => {
      for (const { webhook_id } of rows) wake(webhook_id);
      return rows.reduce((sum, row) => sum + row.count, 0);
    }),
    wakeForgotten(pool, wake),
  ]);
  return released;
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

/**
 * Wakes the webhooks with overdue deliveries. Each webhook's first due delivery alone is read, by the index of webhooks and times:
 * a webhook may have millions that are overdue, and would keep all others from being found.
 *
 * @returns how many webhooks have waiting deliveries
 */
function wakeForgotten(pool: Pool, wake: (webhookId: string) => void): Promise<number> {
  let after = firstId;
  const batch = async () => {
    const { rows } = await pool.query<{ webhook_id: string; overdue: boolean }>({
      name: 'forgotten_webhooks',
      text: forgottenStatement,
      values: [after, forgottenAfterMs],
    });
    for (const { webhook_id, overdue } of rows) if (overdue) wake(webhook_id);
    after = rows.at(-1)?.webhook_id ?? after;
    return rows.length;
  };
  return drain(batch, webhooksAtOnce, Number.POSITIVE_INFINITY);
}

const nextWaiting = (after: string) => `
  SELECT webhook_id, next_attempt_at FROM delivery
   WHERE webhook_id > ${after} AND leased_by IS NULL AND status IN ('PENDING', 'RETRYING')
   ORDER BY webhook_id, next_attempt_at
   LIMIT 1`;

/** The next webhooks with waiting deliveries, in the order of their ids. */
const forgottenStatement = `
WITH RECURSIVE waiting AS (
  (${nextWaiting('$1::uuid')})
  UNION ALL
  SELECT next.* FROM waiting w, LATERAL (${nextWaiting('w.webhook_id')}) next
)
SELECT webhook_id, coalesce(next_attempt_at < now() - $2 * interval '1 millisecond', false) AS overdue
  FROM waiting LIMIT ${webhooksAtOnce}`;
