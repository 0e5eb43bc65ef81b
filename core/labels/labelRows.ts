import { plainArray, textArray } from '../store/arrayLiteral.ts';
import type { Label } from './label.ts';

/** Labels as the column `event.labels` holds them: JSON text, or null for none. */
export const labelsText = (labels: readonly Label[]): string | null =>
  labels.length === 0 ? null : JSON.stringify(Object.fromEntries(labels.map(({ key, value }) => [key, value])));

/** An event, or a delivery of one. */
export interface Labelled {
  readonly id: string;
  readonly organizationId: string;
  /** The event's. */
  readonly type: string;
  readonly labels: readonly Label[];
}

/** The rows of `event_label` or `delivery_label` as five parameters: organizations, keys, values, types and ids. */
export function labelValues(things: readonly Labelled[]): string[] {
  const rows: { id: string; organizationId: string; type: string; label: Label }[] = [];
  for (const { id, organizationId, type, labels } of things) {
    for (const label of labels) rows.push({ id, organizationId, type, label });
  }
  return [
    plainArray(rows.map((row) => row.organizationId)),
    textArray(rows.map(({ label }) => label.key)),
    textArray(rows.map(({ label }) => label.value)),
    textArray(rows.map((row) => row.type)),
    plainArray(rows.map((row) => row.id)),
  ];
}

/** SQL: labels the rows of `added` (id, event_id), deliveries of stored events that the same statement stores. */
export const labelDeliveries = `
  INSERT INTO delivery_label (organization_id, key, value, event_type, delivery_id)
  SELECT e.organization_id, each.key, each.value, e.type, added.id
    FROM added JOIN event e ON e.id = added.event_id, jsonb_each_text(e.labels) AS each`;

// Each label's row is looked up by its whole key: left to itself, PostgreSQL may read the whole table instead.
const rowsOf = (table: string, id: string, of: string) => `
  DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
    SELECT found.ctid FROM ${of}, jsonb_each_text(e.labels) AS each, LATERAL (
      SELECT l.ctid FROM ${table} l
       WHERE l.organization_id = e.organization_id AND l.key = each.key AND l.value = each.value
         AND l.event_type = e.type AND l.${id}
       LIMIT 1
    ) AS found
  ))`;

/** SQL: deletes the labels of the deliveries of `gone` (id, event_id), whose events are still there. */
export const unlabelDeliveries = rowsOf(
  'delivery_label',
  'delivery_id = gone.id',
  'gone JOIN event e ON e.id = gone.event_id',
);

/** SQL: deletes the labels of the events of `gone` (id, organization_id, type, labels). */
export const unlabelEvents = rowsOf('event_label', 'event_id = e.id', 'gone AS e');
