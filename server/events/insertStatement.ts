/**
 * Stores a group of events with their deliveries and idempotency keys, all or nothing, in one statement. Nothing is stored
 * where the routes that the deliveries follow are out of date: the statement returns the organizations that changed.
 *
 * A key that is still in use makes the whole statement fail (`digest` is set to NULL, which its column refuses): the caller
 * looks up whose it is and tries again without that call. An expired one is taken over.
 */
export const insertStatement = `
WITH current AS (
  -- Held until the commit: a change of the routes comes wholly before these deliveries, or wholly after.
  SELECT id, routing_version FROM organization WHERE id = ANY ($1::uuid[]) ORDER BY id FOR SHARE
),
stale AS (
  SELECT v.organization_id
    FROM unnest($1::uuid[], $2::bigint[]) AS v(organization_id, version)
    LEFT JOIN current o ON o.id = v.organization_id
   WHERE o.routing_version IS DISTINCT FROM v.version
),
fresh AS (SELECT WHERE NOT EXISTS (SELECT FROM stale)),
events AS (
  INSERT INTO event (id, organization_id, project_id, type, data, previous, occurred_at, created_at)
  -- The bodies as one JSON array, whose elements keep their text: in an array of the database every quote would be escaped.
  SELECT e.* FROM fresh, ROWS FROM (
    unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::text[]),
    json_array_elements($7::json),
    unnest($8::json[], $9::timestamptz[], $10::timestamptz[])
  ) AS e
),
deliveries AS (
  INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status, leased_by, next_attempt_at, created_at, changed_at)
  SELECT d.*, clock_timestamp() FROM fresh, unnest($11::uuid[], $12::uuid[], $13::uuid[], $14::uuid[], $15::uuid[], $16::text[],
    $17::delivery_status[], $18::uuid[], $19::timestamptz[], $20::timestamptz[]) AS d
),
keys AS (
  INSERT INTO idempotency_key AS k (scope_id, key, event_id, digest, expires_at)
  SELECT i.*, now() + interval '24 hours' FROM fresh, unnest($21::uuid[], $22::text[], $23::uuid[], $24::bytea[]) AS i
  ON CONFLICT (scope_id, key) DO UPDATE SET
    event_id = excluded.event_id,
    digest = CASE WHEN k.expires_at <= now() THEN excluded.digest END,
    expires_at = excluded.expires_at
)
SELECT organization_id FROM stale`;

/** What an insert fails with when one of its idempotency keys is in use. */
export function isKeyInUse(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === '23502' &&
    'table' in error &&
    error.table === 'idempotency_key'
  );
}
