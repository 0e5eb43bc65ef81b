import { ApiError, forbidden, notFound } from '../ground/errors.ts';
import type { Grant, Permission, Principal, Role } from './principal.ts';

/** A tenant, or one project of it. */
export interface Scope {
  readonly organizationId: string;
  readonly projectId: string | null;
}

export const allPermissions: readonly Permission[] = [
  'WEBHOOK_MANAGE',
  'WEBHOOK_READ',
  'DELIVERY_REPLAY',
  'EVENT_PUBLISH',
  'INBOUND_MANAGE',
  'KEY_MANAGE',
  'AUDIT_READ',
  'MEMBER_MANAGE',
  'ORGANIZATION_MANAGE',
  'SECRET_REVEAL',
  'EVENT_ERASE',
];

/** Whether a grant covers the whole of a scope. */
const covers = (grant: Grant, scope: Scope): boolean =>
  grant.organizationId === scope.organizationId && (grant.projectId === null || grant.projectId === scope.projectId);

/** Whether a grant covers a scope, or a project in it. */
const touches = (grant: Grant, scope: Scope): boolean =>
  covers(grant, scope) || (grant.organizationId === scope.organizationId && scope.projectId === null);

/** The principal's permissions in a scope or, without one, anywhere. */
export const permissionsOf = (principal: Principal, scope?: Scope): Permission[] =>
  allPermissions.filter((each) => (scope ? may(principal, each, scope) : holds(principal, each)));

/** Whether the principal has the permission anywhere. For which rows is decided by {@link may} and `visible`. */
export const holds = (principal: Principal, permission: Permission): boolean =>
  principal.kind === 'OPERATOR' || principal.grants.some(({ permissions }) => permissions.has(permission));

/** Whether the scope exists for the principal: it is in its own organizations, or in its own project if restricted to one. */
export const sees = (principal: Principal, scope: Scope): boolean =>
  principal.kind === 'OPERATOR' || principal.grants.some((grant) => covers(grant, scope));

/** Whether the principal has the permission in the whole scope. */
export const may = (principal: Principal, permission: Permission, scope: Scope): boolean =>
  principal.kind === 'OPERATOR' ||
  principal.grants.some((grant) => covers(grant, scope) && grant.permissions.has(permission));

/** Whether the principal has the permission in the scope or a part of it; a list then shows that part. */
export const mayWithin = (principal: Principal, permission: Permission, scope: Scope): boolean =>
  principal.kind === 'OPERATOR' ||
  principal.grants.some((grant) => touches(grant, scope) && grant.permissions.has(permission));

/** Whether the principal has the role in the whole scope. The operator counts as having every role. */
export const hasRole = (principal: Principal, role: Role, scope: Scope): boolean =>
  principal.kind === 'OPERATOR' || principal.grants.some((grant) => grant.role === role && covers(grant, scope));

/**
 * The scope of requests that name none: the principal's organization, or its project if it is restricted to one.
 *
 * @returns null for the operator, and for members of several organizations or none
 */
export function ownScope(principal: Principal): Scope | null {
  if (principal.kind === 'OPERATOR') return null;
  const [first, ...others] = principal.grants;
  if (!first || others.some(({ organizationId }) => organizationId !== first.organizationId)) return null;
  const { organizationId } = first;
  const wide = others.length > 0 || first.projectId === null;
  return { organizationId, projectId: wide ? null : first.projectId };
}

/**
 * The permission check for every change, and for every read that names a scope.
 *
 * @throws ApiError NOT_FOUND for another tenant's scope, FORBIDDEN without the permission or beyond the principal's project
 */
export function requireIn(principal: Principal, permission: Permission, scope: Scope, field?: string): void {
  if (may(principal, permission, scope)) return;
  if (sees(principal, scope)) {
    throw forbidden(
      permission,
      `This needs the permission ${permission}, which this principal does not have here.`,
      field,
    );
  }
  if (principal.kind !== 'OPERATOR' && principal.grants.some((grant) => touches(grant, scope))) {
    // A principal of one project knows its organization, so FORBIDDEN reveals nothing.
    throw forbidden(permission, 'This principal is restricted to one project: name the project.', field);
  }
  throw notFound(scope.projectId === null ? 'organization' : 'project', field);
}

/**
 * The permission check for lists and look-ups that name no scope, whose rows `visible` selects.
 *
 * @throws ApiError FORBIDDEN if the principal has the permission nowhere
 */
export function requireSomewhere(principal: Principal, permission: Permission): void {
  if (!holds(principal, permission)) {
    throw forbidden(permission, `This needs the permission ${permission}, which this principal does not have.`);
  }
}

/**
 * The permission check for each event of a subscription to a scope: another scope's permission does not keep it going.
 *
 * @param scope - what it began with
 * @throws ApiError FORBIDDEN, also for a scope that exists for the principal no more: it ends the subscription
 */
export function requireStill(principal: Principal, permission: Permission, scope: Scope): void {
  if (may(principal, permission, scope)) return;
  throw forbidden(permission, `This needs the permission ${permission}, which this principal has here no more.`);
}

/**
 * The part of a scope in which the principal has the permission: the whole, or the one project that it is restricted to.
 *
 * @throws ApiError as {@link requireIn} does, and FORBIDDEN if that part is several projects
 */
export function narrowed(principal: Principal, permission: Permission, scope: Scope, field?: string): Scope {
  if (!may(principal, permission, scope) && principal.kind !== 'OPERATOR') {
    const parts = principal.grants.filter((grant) => touches(grant, scope) && grant.permissions.has(permission));
    if (parts.length === 1) return { organizationId: scope.organizationId, projectId: (parts[0] as Grant).projectId };
  }
  requireIn(principal, permission, scope, field);
  return scope;
}

/** The role and permissions of a credential or a membership. */
export interface Holding {
  /** Null for permissions that were granted one by one. */
  readonly role: Role | null;
  readonly permissions: Iterable<Permission>;
}

/**
 * The check of who may create, change or end a credential or a membership: nobody may give, or take away, more permissions than
 * they have in its scope. For the role OWNER one must be an owner of the whole organization.
 *
 * @throws ApiError FORBIDDEN
 */
export function requireWithin(principal: Principal, { role, permissions }: Holding, scope: Scope, field: string): void {
  if (role === 'OWNER' && !hasRole(principal, 'OWNER', { ...scope, projectId: null })) {
    const message = 'Only owners of the organization may give or take away the role OWNER.';
    throw new ApiError('FORBIDDEN', message, field);
  }
  const missing = [...permissions].filter((permission) => !may(principal, permission, scope));
  if (missing[0] !== undefined) {
    throw forbidden(
      missing[0],
      `You cannot give, or take away, more permissions than you have; this principal lacks ${missing.join(', ')}.`,
      field,
    );
  }
}
