import type { PoolClient } from 'pg';
import type { Scope } from '../access/permissions.ts';
import type { Label } from '../labels/label.ts';
import type { Selection } from './selection.ts';

/** Labels' rows are read in the order of the events' types, then of their ids. */
export interface Position {
  readonly type: string;
  readonly id: string;
}

export interface Found {
  readonly ids: readonly string[];
  /** What is read; null at the end. */
  readonly position: Position | null;
}

/** Rows of a label that one batch reads, whoever's they are: some tens of milliseconds at most. */
const maxRead = 1_000;
const maxCounted = 5_000;
const noId = '00000000-0000-0000-0000-000000000000';

/**
 * The next events that an erasure has not erased yet.
 *
 * @param before - ids begin with their time: later events are left alone, and so is this one
 * @param after - what is read already; null: nothing
 */
export async function nextEvents(
  transaction: PoolClient,
  { organizationId, projectId }: Scope,
  selection: Selection,
  { before, after, most }: { readonly before: string; readonly after: Position | null; readonly most: number },
): Promise<Found> {
  if (selection.kind === 'IDS') {
    const { rows } = await transaction.query<{ id: string }>(
      `SELECT id FROM event
        WHERE id = ANY ($4::uuid[]) AND erased_at IS NULL AND organization_id = $1 AND ($2::uuid IS NULL OR project_id = $2)
        LIMIT $3`,
      [organizationId, projectId, most, selection.ids],
    );
    return { ids: rows.map(({ id }) => id), position: null };
  }
  const [first] = selection.labels;
  const { rows: read } = await transaction.query<Position>(
    `SELECT event_type AS type, event_id AS id FROM event_label
      WHERE organization_id = $1 AND key = $2 AND value = $3 AND (event_type, event_id) > ($4, $5::uuid)
      ORDER BY event_type, event_id
      LIMIT $6`,
    [organizationId, first?.key, first?.value, after?.type ?? '', after?.id ?? noId, maxRead],
  );
  const candidates = read.filter(({ id }) => id < before);
  const { rows } = await transaction.query<{ id: string }>(
    `SELECT e.id FROM unnest($4::uuid[]) WITH ORDINALITY AS r(id, place) JOIN event e USING (id)
      WHERE e.erased_at IS NULL AND e.organization_id = $1 AND ($2::uuid IS NULL OR e.project_id = $2) AND e.labels @> $5::jsonb
      ORDER BY r.place
      LIMIT $3`,
    [
      ...[organizationId, projectId, most, candidates.map(({ id }) => id)],
      JSON.stringify(Object.fromEntries(selection.labels.map(({ key, value }) => [key, value]))),
    ],
  );
  const ids = rows.map(({ id }) => id);
  // A full batch may have left others of what was read: the next one begins behind its last.
  const last = ids.length < most ? read.at(-1) : read.find(({ id }) => id === ids.at(-1));
  return { ids, position: last ?? null };
}

/**
 * The labels with the rarest first, as far as a bounded count tells: that one's rows are read.
 *
 * @returns the same labels
 */
export async function rarestFirst(
  transaction: PoolClient,
  organizationId: string,
  labels: readonly Label[],
): Promise<Label[]> {
  const counted: { label: Label; count: number }[] = [];
  for (const label of labels) {
    const { rows } = await transaction.query<{ count: number }>(
      `SELECT count(*)::int AS count
         FROM (SELECT FROM event_label WHERE organization_id = $1 AND key = $2 AND value = $3 LIMIT $4) AS counted`,
      [organizationId, label.key, label.value, maxCounted],
    );
    counted.push({ label, count: rows[0]?.count ?? 0 });
  }
  return counted.sort((one, other) => one.count - other.count).map(({ label }) => label);
}
