import { countEnded } from '../stats/countEnded.ts';

/** How many deliveries one statement ends: a webhook may have millions that wait. */
export const mostCancelled = 5_000;

/**
 * Ends waiting deliveries of a webhook: $1 the webhook, $2 the time, $3 the reason, $4 whether those that are not due yet, too,
 * $5 which alone (null: whichever), $6 whether tests, too. At most {@link mostCancelled} in one go; one whose attempt is just
 * being recorded is passed over. Gives the ids.
 */
export const cancelWaiting = `
  WITH waiting AS (
    SELECT id FROM delivery
     WHERE webhook_id = $1::uuid AND leased_by IS NULL AND status IN ('PENDING', 'RETRYING')
       AND (next_attempt_at <= $2::timestamptz OR $4::boolean)
       AND ($5::uuid[] IS NULL OR id = ANY ($5::uuid[])) AND ($6::boolean OR NOT is_test)
     ORDER BY next_attempt_at
     LIMIT ${mostCancelled}
       FOR UPDATE SKIP LOCKED
  ),
  cancelled AS (
    UPDATE delivery d SET status = 'CANCELLED', status_reason = $3::text, next_attempt_at = NULL,
           completed_at = $2::timestamptz, version = version + 1, changed_at = clock_timestamp()
      FROM waiting WHERE d.id = waiting.id
    RETURNING d.*
  ),
  -- After the deliveries, all of them: the order in which attempts are recorded.
  locked AS (
    SELECT webhook_id FROM webhook_state
     WHERE webhook_id = $1::uuid AND (SELECT count(*) FROM cancelled) > 0 FOR UPDATE
  ),
  ended AS (SELECT c.*, false AS uncancelled FROM cancelled c JOIN locked USING (webhook_id) WHERE NOT c.is_test),
  minutes AS (${countEnded})
  SELECT id FROM cancelled`;
