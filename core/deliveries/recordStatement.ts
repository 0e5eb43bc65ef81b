import { countEnded } from '../stats/countEnded.ts';

/** Also tells the statement which deliveries it cancelled itself. */
const erasedReason = 'Its event was erased while it was being sent.';

/** A row that somebody else holds is not waited for longer: the batch has attempts of others, too. Milliseconds. */
const lockMs = 1_000;

/**
 * Writes a batch of attempts in one statement: the log, the deliveries' states, and the webhooks' health, counted in the order
 * in which the attempts finished (the aggregate `health_after`). An attempt that is recorded already changes nothing.
 *
 * A test sets only the time of the last dispatch.
 *
 * Each parameter is an array with one element per attempt, in the order of finishing. A delivery that was cancelled during its
 * attempt stays cancelled unless the attempt succeeded. One whose event was erased meanwhile is not attempted again, and nothing of
 * the receiver's answer is kept.
 *
 * Fails by 55P03 where somebody holds one of the rows for longer than a second; nothing is written then.
 */
export const recordStatement = `
WITH limited AS MATERIALIZED (SELECT set_config('lock_timeout', '${lockMs}', true)),
r AS (
  SELECT r.* FROM limited, unnest($1::uuid[], $2::uuid[], $3::int[], $4::timestamptz[], $5::int[], $6::attempt_outcome[], $7::int[],
                       $8::json[], $9::text[], $10::boolean[], $11::text[], $12::delivery_status[], $13::text[],
                       $14::timestamptz[], $15::timestamptz[], $16::int[], $17::int[], $18::bigint[], $19::text[], $20::boolean[],
                       $21::int[], $22::text[], $23::boolean[], $24::smallint[], $25::text[])
    WITH ORDINALITY AS r(delivery_id, webhook_id, number, started_at, duration_ms, outcome, response_code,
                         response_headers, response_body, response_truncated, error, status, status_reason,
                         next_attempt_at, finished_at, degraded_at, disabled_at, disabled_after_ms, disables,
                         disables_exhausted, request_template, signatures, is_test, retry_draw,
                         traceparent, ord)
),
changed AS (
  UPDATE delivery d SET
    status = CASE WHEN d.status = 'CANCELLED' AND r.status <> 'DELIVERED' THEN d.status
                  WHEN d.erased_at IS NOT NULL AND r.status = 'RETRYING' THEN 'CANCELLED'
                  ELSE r.status END,
    status_reason = CASE WHEN d.status <> 'CANCELLED' AND d.erased_at IS NULL THEN r.status_reason
                         WHEN d.status <> 'CANCELLED' THEN CASE WHEN r.status = 'RETRYING' THEN '${erasedReason}' END
                         WHEN r.status <> 'DELIVERED' THEN d.status_reason
                         ELSE 'It was under way when it was cancelled.' END,
    cancelled_by = CASE WHEN d.status = 'CANCELLED' AND r.status <> 'DELIVERED' THEN d.cancelled_by
                        WHEN d.erased_at IS NOT NULL AND r.status = 'RETRYING' THEN 'EVENT_ERASED'::cancel_cause END,
    attempt_count = r.number,
    next_attempt_at = CASE WHEN d.status = 'CANCELLED' OR d.erased_at IS NOT NULL THEN NULL ELSE r.next_attempt_at END,
    retry_draw = CASE WHEN d.status = 'CANCELLED' OR d.erased_at IS NOT NULL THEN NULL ELSE r.retry_draw END,
    leased_by = NULL,
    response_code = r.response_code,
    response_time_ms = r.duration_ms,
    completed_at = CASE WHEN r.status = 'RETRYING' AND (d.erased_at IS NULL OR d.status = 'CANCELLED') THEN d.completed_at
                        ELSE r.finished_at END,
    version = d.version + 1,
    changed_at = clock_timestamp()
  FROM r
  WHERE d.id = r.delivery_id AND d.attempt_count = r.number - 1 AND d.status NOT IN ('DELIVERED', 'FAILED')
  RETURNING d.id, r.ord, d.project_id, d.created_at, d.status, d.response_time_ms,
            d.status = 'DELIVERED' AND d.status_reason IS NOT NULL AS uncancelled, d.erased_at IS NOT NULL AS erased,
            d.status = 'CANCELLED' AND d.status_reason = '${erasedReason}' AS cancelled
),
logged AS (
  INSERT INTO attempt (delivery_id, number, started_at, duration_ms, outcome, response_code, response_headers,
                       response_body, response_truncated, error, request_template, signatures, traceparent)
  SELECT delivery_id, number, started_at, duration_ms, outcome, response_code,
         CASE WHEN NOT erased THEN response_headers END, CASE WHEN NOT erased THEN response_body END, response_truncated,
         CASE WHEN NOT erased THEN error END, request_template, CASE WHEN NOT erased THEN decode(signatures, 'hex') END,
         CASE WHEN NOT erased THEN decode(traceparent, 'hex') END
    FROM r JOIN changed USING (ord)
),
-- One order of locking for everybody who updates several of these rows.
locked AS (
  SELECT webhook_id, organization_id, health, health_reason, consecutive_failures, failing_since
    FROM webhook_state
   WHERE webhook_id = ANY ($2::uuid[]) AND EXISTS (SELECT FROM limited)
   ORDER BY webhook_id
     FOR UPDATE
),
counted AS (
  SELECT webhook_id,
         health_after(
           ROW(l.health, l.health_reason, l.consecutive_failures, l.failing_since)::health_count,
           r.degraded_at, r.disabled_at, r.disabled_after_ms, r.outcome = 'SUCCEEDED', r.finished_at, r.disables,
           CASE WHEN r.disables_exhausted THEN coalesce(
             (SELECT a.started_at + a.duration_ms * INTERVAL '1 millisecond'
                FROM attempt a WHERE a.delivery_id = r.delivery_id AND a.number = 1), r.finished_at) END
           ORDER BY r.ord
         ) FILTER (WHERE NOT r.is_test) AS h,
         max(r.disabled_at) AS disabled_at,
         max(r.started_at) AS dispatched,
         max(r.finished_at) FILTER (WHERE r.outcome = 'SUCCEEDED' AND NOT r.is_test) AS success,
         max(r.finished_at) FILTER (WHERE r.outcome <> 'SUCCEEDED' AND NOT r.is_test) AS failure
    FROM r JOIN changed USING (ord) JOIN locked l USING (webhook_id)
   GROUP BY webhook_id
),
health AS (
  UPDATE webhook_state s SET
    health = coalesce((c.h).health, s.health),
    health_reason = CASE WHEN (c.h).health IS NULL THEN s.health_reason ELSE (c.h).reason END,
    consecutive_failures = coalesce((c.h).failures, s.consecutive_failures),
    failing_since = CASE WHEN (c.h).health IS NULL THEN s.failing_since ELSE (c.h).since END,
    last_dispatched_at = greatest(s.last_dispatched_at, c.dispatched),
    last_success_at = greatest(s.last_success_at, c.success),
    last_failure_at = greatest(s.last_failure_at, c.failure)
  FROM counted c
  WHERE s.webhook_id = c.webhook_id
),
ended AS (
  -- Deliveries that stay cancelled were counted when they were cancelled.
  SELECT l.organization_id, c.project_id, l.webhook_id, c.created_at, c.status, c.response_time_ms, c.uncancelled
    FROM r JOIN changed c USING (ord) JOIN locked l USING (webhook_id)
   WHERE (c.status IN ('DELIVERED', 'FAILED') OR c.cancelled) AND NOT r.is_test
),
minutes AS (${countEnded}
),
flips AS (
  INSERT INTO health_change (id, organization_id, webhook_id, "from", "to", reason, at)
  SELECT gen_random_uuid(), l.organization_id, l.webhook_id, l.health, (c.h).health, (c.h).reason,
         greatest(c.success, c.failure)
    FROM counted c JOIN locked l USING (webhook_id)
   WHERE l.health <> (c.h).health
  RETURNING id, webhook_id, organization_id, "from", "to", reason
),
rerouted AS (
  -- Publishers with older cached routes notice at their next insert. They need to know whether a webhook is disabled and, if
  -- a number of failures disables it, whether it is healthy.
  UPDATE organization o SET routing_version = o.routing_version + 1
   WHERE o.id IN (SELECT f.organization_id FROM flips f JOIN counted c USING (webhook_id)
                   WHERE f."to" = 'DISABLED' OR c.disabled_at IS NOT NULL)
)
SELECT (SELECT coalesce(array_agg(ord::int), '{}') FROM changed) AS changed,
       (SELECT coalesce(array_agg(ord::int), '{}') FROM changed WHERE status = 'CANCELLED') AS cancelled,
       (SELECT coalesce(json_agg(flips), '[]') FROM flips) AS flips,
       (SELECT coalesce(json_object_agg(webhook_id, coalesce((c.h).health, l.health)), '{}')
          FROM counted c JOIN locked l USING (webhook_id) WHERE c.disabled_at IS NOT NULL) AS counted`;
