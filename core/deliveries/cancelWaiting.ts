import { countEnded } from '../stats/countEnded.ts';

/** Why the delivery of an erased event was cancelled. */
export const erasedReason = 'Its event was erased.';

/** Why one was cancelled whose event is not there any more. */
export const goneReason = 'Its event is gone with the old part of the log.';

/** Limit of one statement: a webhook may have millions of waiting deliveries. */
export const maxCancelled = 5_000;

/**
 * Cancels waiting deliveries of a webhook: $1 the webhook, $2 the time, $3 the reason, $4 whether to include those not due yet,
 * $5 only these ids (null: any), $6 whether to include tests and what is held, $7 the cause. Cancels up
 * to {@link maxCancelled}, skips those whose attempt is being recorded at this moment, and returns the ids.
 */
export const cancelWaiting = `
  WITH waiting AS (
    SELECT id FROM delivery
     WHERE webhook_id = $1::uuid AND leased_by IS NULL AND status IN ('PENDING', 'RETRYING')
       AND (next_attempt_at <= $2::timestamptz OR $4::boolean)
       AND ($5::uuid[] IS NULL OR id = ANY ($5::uuid[])) AND ($6::boolean OR NOT is_test)
     ORDER BY next_attempt_at
     LIMIT ${maxCancelled}
       FOR UPDATE SKIP LOCKED
  ),
  held AS (
    SELECT id FROM delivery
     WHERE webhook_id = $1::uuid AND status = 'HELD' AND $6::boolean AND ($5::uuid[] IS NULL OR id = ANY ($5::uuid[]))
     LIMIT ${maxCancelled}
       FOR UPDATE SKIP LOCKED
  ),
  chosen AS (SELECT id FROM waiting UNION ALL SELECT id FROM held LIMIT ${maxCancelled}),
  cancelled AS (
    UPDATE delivery d SET status = 'CANCELLED', status_reason = $3::text, cancelled_by = $7::cancel_cause, next_attempt_at = NULL,
           completed_at = $2::timestamptz, version = version + 1, changed_at = clock_timestamp()
      FROM chosen WHERE d.id = chosen.id
    RETURNING d.*
  ),
  -- Locked after all the deliveries, in the same order as when attempts are recorded.
  locked AS (
    SELECT webhook_id FROM webhook_state
     WHERE webhook_id = $1::uuid AND (SELECT count(*) FROM cancelled) > 0 FOR UPDATE
  ),
  ended AS (SELECT c.*, false AS uncancelled FROM cancelled c JOIN locked USING (webhook_id) WHERE NOT c.is_test),
  minutes AS (${countEnded})
  SELECT id FROM cancelled`;
