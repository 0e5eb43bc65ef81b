import type { PoolClient } from 'pg';
import type { Scope } from '../access/permissions.ts';
import type { Selection } from './selection.ts';

/** The next events that an erasure has not erased yet. */
export async function nextEvents(
  transaction: PoolClient,
  { organizationId, projectId }: Scope,
  selection: Selection,
  most: number,
): Promise<string[]> {
  const scope = [organizationId, projectId, most];
  const { rows } =
    selection.kind === 'IDS'
      ? await transaction.query<{ id: string }>(
          `SELECT id FROM event
            WHERE id = ANY ($4::uuid[]) AND erased_at IS NULL AND organization_id = $1 AND ($2::uuid IS NULL OR project_id = $2)
            LIMIT $3`,
          [...scope, selection.ids],
        )
      : await transaction.query<{ id: string }>(
          `SELECT e.id FROM event_label l JOIN event e ON e.id = l.event_id
            WHERE l.organization_id = $1 AND l.key = $4 AND l.value = $5
              AND e.erased_at IS NULL AND ($2::uuid IS NULL OR e.project_id = $2) AND e.labels @> $6::jsonb
            LIMIT $3`,
          [
            ...scope,
            selection.labels[0]?.key,
            selection.labels[0]?.value,
            JSON.stringify(Object.fromEntries(selection.labels.map(({ key, value }) => [key, value]))),
          ],
        );
  return rows.map(({ id }) => id);
}
