import type { Routes } from '../deliveries/routing.ts';
import { newStatus } from '../deliveries/startDeliveries.ts';
import { labelsText, labelValues } from '../labels/labelRows.ts';
import { plainArray, textArray } from '../store/arrayLiteral.ts';
import { type FreshEvent, scopeId } from './call.ts';
import type { NewEventDelivery } from './newDeliveries.ts';

const deliveryColumns =
  'id, organization_id, project_id, webhook_id, event_id, event_type, status, leased_by, next_attempt_at, created_at, is_test, changed_at';

/**
 * Stores a group of events with their deliveries and idempotency keys, all or nothing, in one statement. If the
 * deliveries' routes are out of date nothing is stored, and the statement returns the organizations that changed.
 *
 * A key that is still in use makes the whole statement fail (`digest` is set to NULL, which its column refuses): the caller
 * looks up the key's first call and tries again without the repetition. An expired key is taken over.
 */
const statement = (lock: string) => `
WITH current AS (
  -- The lock lasts until the commit: a change of the routes happens entirely before these deliveries or entirely after.
  SELECT id, routing_version FROM organization WHERE id = ANY ($1::uuid[]) AND deleted_at IS NULL ORDER BY id ${lock}
),
stale AS (
  SELECT v.organization_id
    FROM unnest($1::uuid[], $2::bigint[]) AS v(organization_id, version)
    LEFT JOIN current o ON o.id = v.organization_id
   WHERE o.routing_version IS DISTINCT FROM v.version
),
fresh AS (SELECT WHERE NOT EXISTS (SELECT FROM stale)),
events AS (
  INSERT INTO event (id, organization_id, project_id, type, data, previous, occurred_at, created_at, labels, unmatched, traceparent)
  -- The bodies go as one JSON array, whose elements keep their text: in a PostgreSQL array every quote would be escaped.
  SELECT e.* FROM fresh, ROWS FROM (
    unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::text[]),
    json_array_elements($7::json),
    unnest($8::json[], $9::timestamptz[], $10::timestamptz[], $11::jsonb[], $12::boolean[], $37::text[])
  ) AS e
),
event_labels AS (
  INSERT INTO event_label (organization_id, key, value, event_type, event_id)
  SELECT l.* FROM fresh, unnest($13::uuid[], $14::text[], $15::text[], $16::text[], $17::uuid[]) AS l
),
deliveries AS (
  INSERT INTO delivery (${deliveryColumns})
  SELECT d.*, clock_timestamp() FROM fresh, unnest($18::uuid[], $19::uuid[], $20::uuid[], $21::uuid[], $22::uuid[], $23::text[],
    $24::delivery_status[], $25::uuid[], $26::timestamptz[], $27::timestamptz[], $38::boolean[]) AS d
),
delivery_labels AS (
  INSERT INTO delivery_label (organization_id, key, value, event_type, delivery_id)
  SELECT l.* FROM fresh, unnest($28::uuid[], $29::text[], $30::text[], $31::text[], $32::uuid[]) AS l
),
keys AS (
  INSERT INTO idempotency_key AS k (scope_id, key, event_id, digest, expires_at)
  SELECT i.*, now() + interval '24 hours' FROM fresh, unnest($33::uuid[], $34::text[], $35::uuid[], $36::bytea[]) AS i
  ON CONFLICT (scope_id, key) DO UPDATE SET
    event_id = excluded.event_id,
    digest = CASE WHEN k.expires_at <= now() THEN excluded.digest END,
    expires_at = excluded.expires_at
)
SELECT organization_id FROM stale`;

/** Waits while an organization's routes are being changed. */
export const insertWaiting = { name: 'insert_events_waiting', text: statement('FOR SHARE') };

/** Does not wait: organizations whose routes are being changed count as changed. */
export const insertAtOnce = { name: 'insert_events', text: statement('FOR SHARE SKIP LOCKED') };

/**
 * The parameters of the statement above, in order.
 *
 * @param checked - the routes whose versions the statement checks
 * @param routes - those of the events' organizations
 */
export function insertValues(
  checked: ReadonlyMap<string, Routes>,
  fresh: readonly FreshEvent[],
  keyed: readonly FreshEvent[],
  deliveries: readonly NewEventDelivery[],
  processId: string,
  routes = checked,
): unknown[] {
  // What is only listened to matched no webhook.
  const isUnmatched = ({ scope, item }: FreshEvent) =>
    routes
      .get(scope.organizationId)
      ?.to(scope.projectId, item.event.type)
      .every(({ listener }) => listener) === true;
  const events = fresh.map(({ item }) => item.event);
  return [
    plainArray([...checked.keys()]),
    plainArray([...checked.values()].map((route) => route.version.toString())),
    plainArray(events.map((e) => e.id)),
    plainArray(events.map((e) => e.organizationId)),
    plainArray(events.map((e) => e.projectId)),
    textArray(events.map((e) => e.type)),
    `[${events.map((e) => e.data).join(',')}]`,
    textArray(fresh.map(({ item }) => item.previous)),
    plainArray(events.map((e) => e.occurredAt.toISOString())),
    plainArray(events.map((e) => e.createdAt.toISOString())),
    textArray(events.map((e) => labelsText(e.labels))),
    plainArray(fresh.map(isUnmatched)),
    ...labelValues(events),
    ...deliveryValues(deliveries, processId),
    plainArray(keyed.map(({ scope }) => scopeId(scope))),
    textArray(keyed.map(({ item }) => item.idempotencyKey)),
    plainArray(keyed.map(({ item }) => item.event.id)),
    keyed.map(({ item }) => item.digest),
    plainArray(fresh.map(({ item }) => item.trace?.traceparent ?? null)),
    testValues(deliveries),
  ];
}

/** Stores a slice of a large call's deliveries in the call's transaction. */
export const insertDeliveries = {
  name: 'insert_deliveries',
  text: `
    WITH labels AS (
      INSERT INTO delivery_label (organization_id, key, value, event_type, delivery_id)
      SELECT l.* FROM unnest($11::uuid[], $12::text[], $13::text[], $14::text[], $15::uuid[]) AS l
    )
    INSERT INTO delivery (${deliveryColumns})
    SELECT d.*, clock_timestamp() FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[],
      $7::delivery_status[], $8::uuid[], $9::timestamptz[], $10::timestamptz[], $16::boolean[]) AS d`,
};

export function deliveryValues(deliveries: readonly NewEventDelivery[], processId: string): unknown[] {
  const now = new Date().toISOString();
  const envelopes = deliveries.map(({ task }) => task.envelope);
  return [
    plainArray(envelopes.map((e) => e.deliveryId)),
    plainArray(envelopes.map((e) => e.organizationId)),
    plainArray(deliveries.map(({ task }) => task.webhook.projectId)),
    plainArray(envelopes.map((e) => e.webhookId)),
    plainArray(envelopes.map((e) => e.eventId)),
    textArray(envelopes.map((e) => e.eventType)),
    plainArray(deliveries.map(newStatus)),
    plainArray(deliveries.map((d) => (d.leased ? processId : null))),
    plainArray(deliveries.map((d) => (d.leased || d.held ? null : now))),
    plainArray(envelopes.map(() => now)),
    ...labelValues(
      deliveries
        .filter(({ labels }) => labels.length > 0)
        .map(({ labels, task: { envelope } }) => ({
          id: envelope.deliveryId,
          organizationId: envelope.organizationId,
          type: envelope.eventType,
          labels,
        })),
    ),
  ];
}

/** Which deliveries count nowhere: those of listeners. */
export const testValues = (deliveries: readonly NewEventDelivery[]): string =>
  plainArray(deliveries.map(({ task }) => task.isTest === true));

/** Whether an insert failed because one of its idempotency keys is in use. */
export function isKeyInUse(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === '23502' &&
    'table' in error &&
    error.table === 'idempotency_key'
  );
}
