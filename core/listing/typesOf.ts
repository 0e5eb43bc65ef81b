import type { Label } from '../labels/label.ts';
import { maxRuns } from './indexedList.ts';
import type { Read } from './walk.ts';

/** The types of the events, or of the deliveries, that have a label: each is found by one step through the index. */
export async function typesOfLabel(
  read: Read,
  table: 'delivery_label' | 'event_label',
  organizationIds: readonly string[],
  { key, value }: Label,
): Promise<string[]> {
  const rows = await read<{ type: string }>(
    `WITH RECURSIVE step AS (
       SELECT scope.id AS organization_id, (
                SELECT l.event_type FROM ${table} l
                 WHERE l.organization_id = scope.id AND l.key = $2 AND l.value = $3
                 ORDER BY l.event_type LIMIT 1) AS type
         FROM unnest($1::uuid[]) AS scope(id)
       UNION ALL
       SELECT organization_id, (
                SELECT l.event_type FROM ${table} l
                 WHERE l.organization_id = step.organization_id AND l.key = $2 AND l.value = $3 AND l.event_type > step.type
                 ORDER BY l.event_type LIMIT 1)
         FROM step WHERE type IS NOT NULL
     )
     SELECT DISTINCT type FROM step WHERE type IS NOT NULL LIMIT ${maxRuns + 1}`,
    [organizationIds, key, value],
  );
  return rows.map(({ type }) => type);
}

/** The types of a project's events. */
export async function typesOfProjects(read: Read, projectIds: readonly string[]): Promise<string[]> {
  const rows = await read<{ type: string }>(
    `WITH RECURSIVE step AS (
       SELECT project.id AS project_id,
              (SELECT e.type FROM event e WHERE e.project_id = project.id ORDER BY e.type LIMIT 1) AS type
         FROM unnest($1::uuid[]) AS project(id)
       UNION ALL
       SELECT project_id,
              (SELECT e.type FROM event e WHERE e.project_id = step.project_id AND e.type > step.type ORDER BY e.type LIMIT 1)
         FROM step WHERE type IS NOT NULL
     )
     SELECT DISTINCT type FROM step WHERE type IS NOT NULL LIMIT ${maxRuns + 1}`,
    [projectIds],
  );
  return rows.map(({ type }) => type);
}
