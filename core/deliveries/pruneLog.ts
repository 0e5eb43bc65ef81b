import type { Pool } from 'pg';
import { firstIdOf } from '../ground/idTime.ts';
import { unlabelDeliveries, unlabelEvents } from '../labels/labelRows.ts';
import { pruneTemplates } from './requestTemplate.ts';

const batchSize = 2_000;

/** The smallest id (UUIDv7, RFC 9562 section 5.7) of a time. */
export const firstIdAt = (time: Date): string => firstIdOf(time.getTime());

/**
 * Deletes what has ended and is older than the retention time: deliveries with their attempts and labels, then events
 * without deliveries, with their labels.
 * Waiting deliveries stay at any age, and so do the events of younger replays. These tables have no foreign keys, so this file
 * keeps the order. Request templates that only deleted attempts can have used are deleted, too.
 *
 * @param keptMs - retention time in milliseconds
 * @param atMostMs - no batch begins after this many milliseconds; the next call continues
 * @returns the numbers of deleted deliveries and events
 */
export async function pruneLog(
  pool: Pool,
  keptMs: number,
  atMostMs: number,
): Promise<{ deliveries: number; events: number }> {
  const before = firstIdOf(Date.now() - keptMs);
  // Known before anything is deleted: from then on, an older event without a delivery does not count as missed.
  await pool.query({ name: 'log_horizon', text: horizonStatement, values: [before] });
  const gone = { deliveries: 0, events: 0 };
  const beganAt = performance.now();
  for (const [what, text] of [
    ['deliveries', deliveriesStatement],
    ['events', eventsStatement],
  ] as const) {
    for (let more = true; more && performance.now() - beganAt < atMostMs; ) {
      const { rows } = await pool.query<{ count: number }>({
        name: `prune_${what}`,
        text,
        values: [before, batchSize],
      });
      const count = rows[0]?.count ?? 0;
      gone[what] += count;
      more = count === batchSize;
    }
  }
  await pool.query(pruneTemplates, [new Date(Date.now() - keptMs)]);
  return gone;
}

const horizonStatement = `
INSERT INTO log_horizon AS h (before) VALUES ($1)
ON CONFLICT ("only") DO UPDATE SET before = excluded.before WHERE h.before < excluded.before`;

const deliveriesStatement = `
WITH old AS (
  SELECT id FROM delivery
   WHERE id < $1 AND status IN ('DELIVERED', 'FAILED', 'CANCELLED')
   ORDER BY id
   LIMIT $2
     FOR UPDATE SKIP LOCKED
),
gone AS (DELETE FROM delivery d USING old WHERE d.id = old.id RETURNING d.id, d.event_id),
labels AS (${unlabelDeliveries}),
attempts AS (DELETE FROM attempt a USING gone WHERE a.delivery_id = gone.id)
SELECT count(*)::int AS count FROM gone`;

/** A replay locks the row of its event. */
const eventsStatement = `
WITH old AS (
  SELECT id FROM event e
   WHERE id < $1 AND NOT EXISTS (SELECT FROM delivery d WHERE d.event_id = e.id)
   ORDER BY id
   LIMIT $2
     FOR UPDATE SKIP LOCKED
),
gone AS (DELETE FROM event e USING old WHERE e.id = old.id RETURNING e.id, e.organization_id, e.type, e.labels),
labels AS (${unlabelEvents})
SELECT count(*)::int AS count FROM gone`;
