/**
 * Stores a group of proven requests in one statement: for each a dedup row and a log row, or neither. A request counts only
 * while its webhook still has the token that the request came with, so a rotation takes effect at once, whatever a process has
 * cached. The unique index decides between concurrent copies of one delivery; rows are inserted in one order, so that two groups
 * cannot deadlock. A delivery that did not succeed is accepted again when its tracker sends it again, and one that concerned
 * no issue, when it names one now: its tracker may have been set up better since.
 */
export const acceptStatement = `
WITH given AS (
  SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::bytea[],
    $9::delivery_status[], $10::text[], $11::boolean[])
    AS g(webhook_id, token_digest, identity_digest, delivery_id, event_type, external_id, locator, payload_digest, status, reason, is_test)
),
live AS (
  SELECT g.*, w.organization_id, w.project_id, w.provider
    FROM given g JOIN inbound_webhook w ON w.id = g.webhook_id AND w.token_digest = g.token_digest
),
fresh AS (
  INSERT INTO inbound_event AS e (inbound_webhook_id, identity_digest, organization_id, project_id, delivery_id, provider,
                                  external_id, locator, pending, failed, due_at, received_at)
  -- One of each identity, rather one about an issue: the others are duplicates of it.
  SELECT DISTINCT ON (webhook_id, identity_digest)
         webhook_id, identity_digest, organization_id, project_id, delivery_id, provider, external_id, locator,
         status = 'PENDING', status = 'FAILED', clock_timestamp(), clock_timestamp()
    FROM live ORDER BY webhook_id, identity_digest, status = 'PENDING' DESC, delivery_id
  -- A report that did not succeed is accepted again when it is sent again.
  ON CONFLICT (inbound_webhook_id, identity_digest) DO UPDATE SET
    delivery_id = excluded.delivery_id, external_id = excluded.external_id, locator = excluded.locator,
    pending = excluded.pending, failed = excluded.failed, due_at = excluded.due_at, received_at = excluded.received_at
    WHERE e.failed OR (e.external_id IS NULL AND excluded.pending)
  RETURNING delivery_id
),
logged AS (
  INSERT INTO delivery (id, organization_id, project_id, event_type, direction, status, status_reason, response_code, next_attempt_at,
                        is_test, payload_digest, created_at, completed_at, changed_at)
  SELECT delivery_id, organization_id, project_id, event_type, 'INBOUND', status, reason, CASE WHEN status = 'FAILED' THEN 400 ELSE 200 END,
         CASE WHEN status = 'PENDING' THEN clock_timestamp() END, is_test, payload_digest, clock_timestamp(),
         CASE WHEN status <> 'PENDING' THEN clock_timestamp() END, clock_timestamp()
    FROM live JOIN fresh USING (delivery_id)
)
SELECT g.delivery_id, CASE WHEN l.delivery_id IS NULL THEN 'STALE' WHEN f.delivery_id IS NULL THEN 'DUPLICATE' ELSE 'ACCEPTED' END AS outcome
  FROM given g LEFT JOIN live l USING (delivery_id) LEFT JOIN fresh f USING (delivery_id)`;
