import { erasedReason } from '../deliveries/cancelWaiting.ts';
import { unlabelDeliveries, unlabelEvents } from '../labels/labelRows.ts';
import { countEnded } from '../stats/countEnded.ts';

/** Takes the content of the events $1 away. Labels stay until their deliveries are done: the labels of those are found by them. */
export const eraseEvents = `
  WITH chosen AS (SELECT id FROM event WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE),
  keys AS (DELETE FROM idempotency_key WHERE event_id = ANY ($1::uuid[]))
  UPDATE event e SET data = 'null', previous = NULL, traceparent = NULL, erased_at = clock_timestamp()
    FROM chosen WHERE e.id = chosen.id AND e.erased_at IS NULL`;

/**
 * Locks deliveries of the events $1 that still have their content, up to $2. It skips those whose attempt is being recorded at this
 * moment. A statement of its own: the next one sees every attempt that was recorded before the lock.
 */
export const lockDeliveries = `
  SELECT id FROM delivery
   WHERE event_id = ANY ($1::uuid[]) AND erased_at IS NULL
   ORDER BY id
   LIMIT $2
     FOR UPDATE SKIP LOCKED`;

/** Takes the content of the locked deliveries $1 away, and cancels those that wait. */
export const eraseDeliveries = `
  WITH chosen AS (
    SELECT id, direction = 'OUTBOUND' AND leased_by IS NULL AND status NOT IN ('DELIVERED', 'FAILED', 'CANCELLED') AS waits
      FROM delivery WHERE id = ANY ($1::uuid[])
  ),
  blank AS (
    UPDATE delivery d SET
      erased_at = clock_timestamp(),
      status = CASE WHEN waits THEN 'CANCELLED' ELSE d.status END,
      status_reason = CASE WHEN waits OR d.cancelled_by = 'EVENT_ERASED' THEN '${erasedReason}' END,
      cancelled_by = CASE WHEN waits THEN 'EVENT_ERASED' ELSE d.cancelled_by END,
      next_attempt_at = CASE WHEN NOT waits THEN d.next_attempt_at END,
      retry_draw = CASE WHEN NOT waits THEN d.retry_draw END,
      completed_at = CASE WHEN waits THEN clock_timestamp() ELSE d.completed_at END,
      version = d.version + 1,
      changed_at = clock_timestamp()
    FROM chosen WHERE d.id = chosen.id
    RETURNING d.*, chosen.waits
  ),
  attempts AS (
    UPDATE attempt a SET response_headers = NULL, response_body = NULL, error = NULL, signatures = NULL, traceparent = NULL
      FROM blank WHERE a.delivery_id = blank.id
  ),
  gone AS (SELECT id, event_id FROM blank),
  labels AS (${unlabelDeliveries}),
  -- Locked after the deliveries, in the same order as when attempts are recorded.
  locked AS (
    SELECT webhook_id FROM webhook_state
     WHERE webhook_id IN (SELECT webhook_id FROM blank WHERE waits) ORDER BY webhook_id FOR UPDATE
  ),
  ended AS (
    SELECT blank.*, false AS uncancelled FROM blank JOIN locked USING (webhook_id) WHERE waits AND NOT is_test
  ),
  minutes AS (${countEnded})
  SELECT id, project_id AS "projectId", webhook_id AS "webhookId", waits, CASE WHEN replay_of_id IS NOT NULL THEN created_at END AS "replayedAt" FROM blank`;

/** Takes the labels of the events $1 away, once their deliveries have none. */
export const eraseLabels = `
  WITH gone AS (SELECT id, organization_id, type, labels FROM event WHERE id = ANY ($1::uuid[])),
  labels AS (${unlabelEvents})
  UPDATE event SET labels = NULL WHERE id = ANY ($1::uuid[]) AND labels IS NOT NULL`;

/** Whether deliveries of the events $1 are left that were skipped. */
export const deliveriesLeft = `
  SELECT EXISTS (SELECT FROM delivery WHERE event_id = ANY ($1::uuid[]) AND erased_at IS NULL) AS left`;

/**
 * Deletes what repeated calls of the organization $1 are answered with, where it names one of the replays $2, made from $3 to $4. Each
 * answer's ids are read once, and only in keys of that time: they expire a day after the replay, give or take what a call lasts.
 */
export const eraseActionKeys = `
  DELETE FROM action_key k
   WHERE k.organization_id = $1
     AND k.expires_at BETWEEN $3::timestamptz + interval '23 hours' AND $4::timestamptz + interval '25 hours'
     AND EXISTS (
       SELECT FROM regexp_matches(k.result::text, '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}', 'g') AS named
        WHERE named[1] = ANY ($2::text[]))`;
