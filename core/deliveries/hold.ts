import type { Pool } from 'pg';
import type { Notifier } from '../live/notifier.ts';

/** Rows of one statement. */
const maxHeld = 500;

/**
 * Holds waiting deliveries of a paused webhook, but no tests. The lock of the webhook orders it against resuming: nothing is held
 * after that began. A delivery whose attempt is being recorded at this moment is skipped.
 */
const statement = `
  WITH paused AS (
    SELECT id FROM webhook
     WHERE id = $1 AND paused_at IS NOT NULL AND resuming_at IS NULL AND deleted_at IS NULL
       FOR SHARE
  ),
  waiting AS (
    SELECT id FROM delivery
     WHERE webhook_id = $1 AND leased_by IS NULL AND status IN ('PENDING', 'RETRYING') AND NOT is_test
       AND EXISTS (SELECT FROM paused)
     ORDER BY next_attempt_at
     LIMIT ${maxHeld}
       FOR UPDATE SKIP LOCKED
  )
  UPDATE delivery d SET status = 'HELD', next_attempt_at = NULL, retry_draw = NULL, version = version + 1,
         changed_at = clock_timestamp()
    FROM waiting WHERE d.id = waiting.id
  RETURNING d.id`;

/**
 * Holds what waits for a paused webhook.
 *
 * @param bounds - `mayGoOn` is asked before every step
 * @returns whether everything is held
 */
export async function holdWaiting(
  { pool, notifier }: { readonly pool: Pool; readonly notifier: Notifier },
  { id, organizationId }: { readonly id: string; readonly organizationId: string },
  mayGoOn: () => boolean,
): Promise<boolean> {
  while (mayGoOn()) {
    const { rows } = await pool.query<{ id: string }>({ name: 'hold_waiting', text: statement, values: [id] });
    const held = rows.map((row) => row.id);
    if (held.length > 0) notifier.changed(organizationId, held);
    if (held.length < maxHeld) return true;
  }
  return false;
}
