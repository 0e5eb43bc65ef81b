import type { Pool } from 'pg';
import { eachClass } from './responseTimes.ts';

/** How long minutes are kept. Milliseconds. */
export const minutesKeptMs = 48 * 3_600_000;
const mostAtOnce = 20_000;

/** Puts old minutes together to hours. @returns how many minutes */
export async function foldMinutes(pool: Pool): Promise<number> {
  // Whole hours, and a minute that is being counted in waits for the next time.
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
    [minutesKeptMs, mostAtOnce],
  );
  return rows[0]?.moved ?? 0;
}
