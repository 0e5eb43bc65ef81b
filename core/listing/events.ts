import { byLabel } from './byLabel.ts';
import { type EventFilter, eventConditions } from './eventFilter.ts';
import { type IndexedList, maxRuns, type Part, readable } from './indexedList.ts';
import { perScope, perScopeAnd } from './runs.ts';
import { organizationsOf, type Scopes } from './scopes.ts';
import { typesOfProjects } from './typesOf.ts';
import type { Filtered, Read } from './walk.ts';

/**
 * The ways to read the events that a filter asks for.
 *
 * @param scopes - null for everything there is
 */
export async function eventsOf(read: Read, scopes: Scopes | null, asked: EventFilter): Promise<Filtered> {
  const filter = asked.idempotencyKey === undefined ? asked : { ...asked, ids: await idsOfKey(read, scopes, asked) };
  return { conditions: eventConditions(scopes, filter), lists: readable(await listsOf(read, scopes, filter)) };
}

/** The events of an idempotency key, in each scope of its own. */
async function idsOfKey(read: Read, scopes: Scopes | null, { idempotencyKey, ids }: EventFilter): Promise<string[]> {
  const rows = await read<{ event_id: string }>(
    `SELECT k.event_id FROM idempotency_key k
      WHERE k.key = $1 AND k.expires_at > now() AND k.scope_id = ANY (ARRAY(
        SELECT unnest($2::uuid[] || $3::uuid[])
        UNION ALL
        SELECT p.id FROM project p WHERE p.organization_id = ANY ($2::uuid[])
      ))`,
    [idempotencyKey, scopes?.organizationIds ?? [], scopes?.projects.map(({ projectId }) => projectId) ?? []],
  );
  return rows.map((row) => row.event_id).filter((id) => ids === undefined || ids.includes(id));
}

async function listsOf(read: Read, scopes: Scopes | null, filter: EventFilter): Promise<IndexedList[]> {
  const { ids, eventTypes, labels = [], unmatched, wholeIds, isTest } = filter;
  const own = (covers: string[], where: Part['where'], runs?: Part['runs']): IndexedList => ({
    covers,
    parts: [{ from: 'event e', where, id: 'e.id', ...(runs && { runs }) }],
  });
  if (ids !== undefined) return [own(['ids'], (p) => `e.id = ANY (${p.add(ids, 'uuid[]')})`)];
  if (scopes === null) return [own([], () => 'true')];

  const organizationIds = organizationsOf(scopes);
  const ofOrganizations = perScope(organizationIds);
  const lists = [await byScope(read, scopes)];
  if (eventTypes) lists.push(await byType(read, scopes, eventTypes));
  if (unmatched && wholeIds === undefined)
    lists.push(own(['unmatched'], () => 'e.organization_id = scope.id AND e.unmatched', ofOrganizations));
  if (isTest) lists.push(own(['test'], () => 'e.organization_id = scope.id AND e.is_test', ofOrganizations));
  for (const [index, label] of labels.entries()) {
    lists.push(await byLabel(read, 'event', organizationIds, label, `label ${index}`, eventTypes));
  }
  return lists;
}

const project = (projectIds: readonly string[], types: readonly string[]): Part => ({
  runs: perScopeAnd(projectIds, types),
  from: 'event e',
  where: () => 'e.project_id = scope.id AND e.type = each.value',
  id: 'e.id',
});

/** Organizations have an index by id; projects have one by type and id, whose types are merged. */
async function byScope(read: Read, { organizationIds, projects }: Scopes): Promise<IndexedList> {
  const projectIds = projects.map(({ projectId }) => projectId);
  const types = projectIds.length === 0 ? [] : await typesOfProjects(read, projectIds);
  const organizations: Part = {
    runs: perScope(organizationIds),
    from: 'event e',
    where: () => 'e.organization_id = scope.id',
    id: 'e.id',
  };
  return { covers: ['scope'], parts: [organizations, project(projectIds, types)] };
}

/** By type: the events of each project, and those of organizations as a whole. */
async function byType(
  read: Read,
  { organizationIds, projects }: Scopes,
  types: readonly string[],
): Promise<IndexedList> {
  const rows = await read<{ id: string }>(
    `SELECT id FROM project WHERE organization_id = ANY ($1::uuid[]) LIMIT ${maxRuns + 1}`,
    [organizationIds],
  );
  const projectIds = [...rows.map(({ id }) => id), ...projects.map(({ projectId }) => projectId)];
  const organizations: Part = {
    runs: perScopeAnd(organizationIds, types),
    from: 'event e',
    where: () => 'e.organization_id = scope.id AND e.project_id IS NULL AND e.type = each.value',
    id: 'e.id',
  };
  return { covers: ['scope', 'types'], parts: [organizations, project(projectIds, types)] };
}
