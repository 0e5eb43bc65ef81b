import { ApiError, notFound } from '../errors.ts';
import type { Permission, Principal, Role } from './principal.ts';

const all: readonly Permission[] = [
  'WEBHOOK_MANAGE',
  'WEBHOOK_READ',
  'DELIVERY_REPLAY',
  'EVENT_PUBLISH',
  'INBOUND_MANAGE',
  'KEY_MANAGE',
  'AUDIT_READ',
  'MEMBER_MANAGE',
  'ORGANIZATION_MANAGE',
];

/** What each role may do. */
export const rolePermissions: Readonly<Record<Role, readonly Permission[]>> = {
  OWNER: all,
  ADMIN: all,
  MEMBER: ['WEBHOOK_READ', 'EVENT_PUBLISH', 'DELIVERY_REPLAY'],
  VIEWER: ['WEBHOOK_READ'],
};

/** A tenant, or one project of it. */
export interface Scope {
  readonly organizationId: string;
  readonly projectId: string | null;
}

/** What the principal may do, in the order of the roles' table. */
export const permissionsOf = (principal: Principal): Permission[] => all.filter((each) => holds(principal, each));

/** Whether the principal has the permission anywhere. */
export const holds = (principal: Principal, permission: Permission): boolean =>
  principal.kind === 'OPERATOR' || principal.permissions.has(permission);

/** Whether the scope exists for the principal: its own organization, and its own project if it is restricted to one. */
export const sees = (principal: Principal, scope: Scope): boolean =>
  principal.kind === 'OPERATOR' ||
  (principal.organizationId === scope.organizationId &&
    (principal.projectId === null || principal.projectId === scope.projectId));

/** Whether the principal may do this in the scope. */
export const may = (principal: Principal, permission: Permission, scope: Scope): boolean =>
  sees(principal, scope) && holds(principal, permission);

/** @throws ApiError FORBIDDEN */
export function requirePermission(principal: Principal, permission: Permission): void {
  if (!holds(principal, permission)) {
    throw new ApiError('FORBIDDEN', `This needs the permission ${permission}, which this principal does not have.`);
  }
}

/** @throws ApiError NOT_FOUND for a foreign tenant's scope, FORBIDDEN without the permission or beyond the key's project */
export function requireIn(principal: Principal, permission: Permission, scope: Scope, field?: string): void {
  if (principal.kind === 'API_KEY' && principal.organizationId === scope.organizationId) {
    // Its organization is no secret to a key of one project; what lies beyond the project is not its business.
    if (principal.projectId !== null && scope.projectId === null) {
      throw new ApiError('FORBIDDEN', 'This key is restricted to one project: name the project.');
    }
  }
  if (!sees(principal, scope)) throw notFound(scope.projectId === null ? 'organization' : 'project', field);
  requirePermission(principal, permission);
}
