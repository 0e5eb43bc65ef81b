import type { Visible } from '../access/visible.ts';
import type { Condition } from './indexedList.ts';

/** Organizations and projects whose rows are listed. */
export interface Scopes {
  readonly organizationIds: readonly string[];
  /** Projects of other organizations than those. */
  readonly projects: readonly { readonly organizationId: string; readonly projectId: string }[];
}

/** What a list's arguments narrow it to. */
export interface Narrowed {
  readonly organizationId?: string | undefined;
  readonly projectId?: string | undefined;
}

/**
 * The scopes of a list.
 *
 * @param visible - what the principal may see
 * @returns null for everything there is
 */
export function scopesOf(visible: Visible, { organizationId, projectId }: Narrowed): Scopes | null {
  const all = flat(visible);
  if (all === null) {
    if (organizationId === undefined) return null;
    return projectId === undefined
      ? { organizationIds: [organizationId], projects: [] }
      : { organizationIds: [], projects: [{ organizationId, projectId }] };
  }
  const within = all.filter((each) => organizationId === undefined || each.organizationId === organizationId);
  const projects = within.flatMap((each) => {
    const id = each.projectId ?? projectId;
    if (id === undefined || (projectId !== undefined && id !== projectId)) return [];
    return [{ organizationId: each.organizationId, projectId: id }];
  });
  const whole = projectId === undefined ? within.filter((each) => each.projectId === undefined) : [];
  return { organizationIds: [...new Set(whole.map((each) => each.organizationId))], projects };
}

function flat({ organizationId, projectId, OR }: Visible): { organizationId: string; projectId?: string }[] | null {
  if (OR) return OR.flatMap((each) => flat(each) ?? []);
  if (organizationId === undefined) return null;
  const ids = typeof organizationId === 'string' ? [organizationId] : organizationId.in;
  return ids.map((id) => (projectId === undefined ? { organizationId: id } : { organizationId: id, projectId }));
}

/** Whether a scope is one of them, or a part of one. */
export const includes = (
  scopes: Scopes,
  { organizationId, projectId }: { organizationId: string; projectId: string | null },
): boolean =>
  scopes.organizationIds.includes(organizationId) || scopes.projects.some((each) => each.projectId === projectId);

/** Every organization of the scopes. */
export const organizationsOf = ({ organizationIds, projects }: Scopes): string[] => [
  ...new Set([...organizationIds, ...projects.map((each) => each.organizationId)]),
];

/** The condition that a row is in the scopes. @param row - alias of its table */
export const inScopes = (row: string, { organizationIds, projects }: Scopes): Condition => ({
  name: 'scope',
  sql: (parameters) =>
    `(${row}.organization_id = ANY (${parameters.add(organizationIds, 'uuid[]')})` +
    ` OR ${row}.project_id = ANY (${parameters.add(
      projects.map(({ projectId }) => projectId),
      'uuid[]',
    )}))`,
});
