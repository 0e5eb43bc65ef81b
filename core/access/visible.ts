import type { Grant, Permission, Principal } from './principal.ts';

/**
 * The part of every `where` that keeps tenants apart. Every look-up of a tenant's rows includes one of these conditions, so that
 * rows which a principal may not see are not found, instead of found and refused.
 */

/** For rows with `organizationId` and `projectId`. */
export interface Visible {
  organizationId?: string | { in: string[] };
  projectId?: string;
  OR?: Visible[];
}

/**
 * For rows with `organizationId` and `projectId`.
 *
 * @param permission - selects the rows where the principal has it. Without it, those where the principal has any permission;
 * the caller then checks the permission itself.
 */
export function visible(principal: Principal, permission?: Permission): Visible {
  if (principal.kind === 'OPERATOR') return {};
  return anyOf(
    reach(principal.grants, permission).map(({ organizationId, projectId }) =>
      projectId === null ? { organizationId } : { organizationId, projectId },
    ),
  );
}

/** For organizations. Deleted ones exist for nobody. */
export function visibleOrganization(principal: Principal): { id?: string | { in: string[] }; deletedAt: null } {
  if (principal.kind === 'OPERATOR') return { deletedAt: null };
  const ids = [...new Set(principal.grants.map(({ organizationId }) => organizationId))];
  return { id: ids.length === 1 ? (ids[0] as string) : { in: ids }, deletedAt: null };
}

/** For rows of whole organizations, which no grant for a single project reaches. */
export function visibleWhole(principal: Principal, permission: Permission): { organizationId?: { in: string[] } } {
  if (principal.kind === 'OPERATOR') return {};
  const whole = principal.grants.filter(
    ({ projectId, permissions }) => projectId === null && permissions.has(permission),
  );
  return { organizationId: { in: whole.map(({ organizationId }) => organizationId) } };
}

interface VisibleProject {
  organizationId?: string | { in: string[] };
  id?: string;
  deletedAt?: null;
  OR?: VisibleProject[];
}

/** For projects. Deleted ones exist for nobody. */
export function visibleProject(principal: Principal): VisibleProject {
  if (principal.kind === 'OPERATOR') return { deletedAt: null };
  return anyOf(
    reach(principal.grants).map(({ organizationId, projectId }) =>
      projectId === null ? { organizationId, deletedAt: null } : { organizationId, id: projectId, deletedAt: null },
    ),
  );
}

interface VisibleWithOrganizations {
  organizationId?: string | { in: string[] };
  projectId?: string | null;
  OR?: VisibleWithOrganizations[];
}

/**
 * For rows with `organizationId` and `projectId` of which a project also has its organization's: a principal that is restricted
 * to a project sees those too.
 */
export function visibleWithOrganizations(principal: Principal): VisibleWithOrganizations {
  if (principal.kind === 'OPERATOR') return {};
  return anyOf(
    reach(principal.grants).flatMap(({ organizationId, projectId }): VisibleWithOrganizations[] =>
      projectId === null
        ? [{ organizationId }]
        : [
            { organizationId, projectId: null },
            { organizationId, projectId },
          ],
    ),
  );
}

/** The grants with the permission, without those that another grant includes: for most principals one, so a plain condition. */
function reach(grants: readonly Grant[], permission?: Permission): Grant[] {
  const counting = permission ? grants.filter(({ permissions }) => permissions.has(permission)) : grants;
  const whole = new Set(counting.filter(({ projectId }) => projectId === null).map((grant) => grant.organizationId));
  return counting.filter(({ organizationId, projectId }) => projectId === null || !whole.has(organizationId));
}

/** Matches no row. It is not an empty `OR`, which Prisma drops inside an `AND`: every row would be visible. */
const nothing = { organizationId: { in: [] as string[] } };

const anyOf = <T extends object>(conditions: T[]): T | { OR: T[] } | typeof nothing => {
  const [first, ...others] = conditions;
  if (first === undefined) return nothing;
  return others.length === 0 ? first : { OR: conditions };
};
