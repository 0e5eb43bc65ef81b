import type { Grant, Permission, Principal } from './principal.ts';

/**
 * The part of every `where` that keeps tenants apart. Every look-up of a tenant's rows spreads one of these, so that what a
 * principal may not see is not found, instead of found and refused.
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
 * @param permission - what the rows are wanted for: those where the principal may do that. Without it, those where it may
 * do anything: for what is checked afterwards.
 */
export function visible(principal: Principal, permission?: Permission): Visible {
  if (principal.kind === 'OPERATOR') return {};
  return anyOf(
    reach(principal.grants, permission).map(({ organizationId, projectId }) =>
      projectId === null ? { organizationId } : { organizationId, projectId },
    ),
  );
}

/** For organizations. */
export function visibleOrganization(principal: Principal): { id?: string | { in: string[] } } {
  if (principal.kind === 'OPERATOR') return {};
  const ids = [...new Set(principal.grants.map(({ organizationId }) => organizationId))];
  return { id: ids.length === 1 ? (ids[0] as string) : { in: ids } };
}

interface VisibleProject {
  organizationId?: string | { in: string[] };
  id?: string;
  OR?: VisibleProject[];
}

/** For projects. */
export function visibleProject(principal: Principal): VisibleProject {
  if (principal.kind === 'OPERATOR') return {};
  return anyOf(
    reach(principal.grants).map(({ organizationId, projectId }) =>
      projectId === null ? { organizationId } : { organizationId, id: projectId },
    ),
  );
}

/** The grants that count, without those that another one contains: most principals end with one, and a plain condition. */
function reach(grants: readonly Grant[], permission?: Permission): Grant[] {
  const counting = permission ? grants.filter(({ permissions }) => permissions.has(permission)) : grants;
  const whole = new Set(counting.filter(({ projectId }) => projectId === null).map((grant) => grant.organizationId));
  return counting.filter(({ organizationId, projectId }) => projectId === null || !whole.has(organizationId));
}

/** True of no row. Not an empty `OR`: inside an `AND` Prisma drops that, and every row would be visible. */
const nothing = { organizationId: { in: [] as string[] } };

const anyOf = <T extends object>(conditions: T[]): T | { OR: T[] } | typeof nothing => {
  const [first, ...others] = conditions;
  if (first === undefined) return nothing;
  return others.length === 0 ? first : { OR: conditions };
};
