import type { Principal } from './principal.ts';

/**
 * The part of every `where` that keeps tenants apart. Every look-up of a tenant's rows spreads one of these, so that what a
 * principal may not see is not found, instead of found and refused.
 */

/** For rows with `organizationId` and `projectId`. */
export function visible(principal: Principal): { organizationId?: string; projectId?: string } {
  if (principal.kind === 'OPERATOR') return {};
  const { organizationId, projectId } = principal;
  return projectId === null ? { organizationId } : { organizationId, projectId };
}

/** For organizations. */
export const visibleOrganization = (principal: Principal): { id?: string } =>
  principal.kind === 'OPERATOR' ? {} : { id: principal.organizationId };

/** For projects. */
export function visibleProject(principal: Principal): { organizationId?: string; id?: string } {
  if (principal.kind === 'OPERATOR') return {};
  const { organizationId, projectId } = principal;
  return projectId === null ? { organizationId } : { organizationId, id: projectId };
}
