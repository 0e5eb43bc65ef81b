import type { Pool } from 'pg';

/**
 * Makes held deliveries of a resuming webhook due, in the order of their events: a millisecond apart, because its workflow attempts
 * them in the order of their due times.
 */
const statement = `
  WITH resuming AS (
    SELECT id FROM webhook WHERE id = $1 AND resuming_at IS NOT NULL AND deleted_at IS NULL FOR SHARE
  ),
  held AS (
    SELECT id, event_id FROM delivery
     WHERE webhook_id = $1 AND status = 'HELD' AND EXISTS (SELECT FROM resuming)
     ORDER BY event_id, id
     LIMIT $2
       FOR UPDATE SKIP LOCKED
  ),
  placed AS (SELECT id, row_number() OVER (ORDER BY event_id DESC, id DESC) - 1 AS place FROM held)
  UPDATE delivery d SET
    status = CASE WHEN attempt_count = 0 THEN 'PENDING' ELSE 'RETRYING' END::delivery_status,
    next_attempt_at = now() - place * interval '1 millisecond',
    version = version + 1,
    changed_at = clock_timestamp()
    FROM placed WHERE d.id = placed.id
  RETURNING d.id`;

/** @returns the ids of the deliveries that its workflow must be woken for */
export async function releaseHeld(pool: Pool, webhookId: string, most: number): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'release_held',
    text: statement,
    values: [webhookId, most],
  });
  return rows.map(({ id }) => id);
}

/** Counting stops here: several webhooks are read together. */
export const maxCounted = 10_000;

/** Counts held deliveries of webhooks, up to {@link maxCounted} each. The caller checks who may see them. */
export const heldCounts = `
  SELECT w.id, counted.held AS value
    FROM unnest($1::uuid[]) AS w(id),
         LATERAL (
           SELECT count(*)::int AS held
             FROM (SELECT FROM delivery WHERE webhook_id = w.id AND status = 'HELD' LIMIT ${maxCounted}) AS first
         ) AS counted`;
