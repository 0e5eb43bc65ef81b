import type { Pool } from 'pg';
import { eachClass } from './responseTimes.ts';

/** How long the counts of single minutes are kept. */
export const minutesKeptMs = 48 * 3_600_000;
const maxAtOnce = 20_000;

/** Folds old minutes into hours. @returns the number of minutes */
export async function foldMinutes(pool: Pool): Promise<number> {
  // Folds whole hours only. A minute that another statement has locked waits for the next run.
  const { rows } = await pool.query<{ moved: number }>(
    `WITH old AS (
       SELECT ctid FROM delivery_minute
        WHERE at < date_trunc('hour', now() - $1 * interval '1 millisecond', 'UTC')
        ORDER BY at
        LIMIT $2
          FOR UPDATE SKIP LOCKED
     ),
     moved AS (DELETE FROM delivery_minute m USING old WHERE m.ctid = old.ctid RETURNING m.*),
     hours AS (
       INSERT INTO delivery_hour AS h (organization_id, project_id, webhook_id, at, delivered, failed, cancelled, times)
       SELECT organization_id, project_id, webhook_id, date_trunc('hour', at, 'UTC'), sum(delivered), sum(failed), sum(cancelled),
              ARRAY[${eachClass((index) => `coalesce(sum(times[${index}]), 0)`)}]
         FROM moved
        GROUP BY organization_id, project_id, webhook_id, date_trunc('hour', at, 'UTC')
        ORDER BY webhook_id, date_trunc('hour', at, 'UTC')
       ON CONFLICT (webhook_id, at, project_id) DO UPDATE SET
         delivered = h.delivered + excluded.delivered,
         failed = h.failed + excluded.failed,
         cancelled = h.cancelled + excluded.cancelled,
         times = ARRAY[${eachClass((index) => `coalesce(h.times[${index}], 0) + excluded.times[${index}]`)}]
     )
     SELECT count(*)::int AS moved FROM moved`,
    [minutesKeptMs, maxAtOnce],
  );
  return rows[0]?.moved ?? 0;
}
