import { ApiError, lacking, notFound } from '../ground/errors.ts';
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
];

/** Whether a grant reaches the whole of a scope. */
const covers = (grant: Grant, scope: Scope): boolean =>
  grant.organizationId === scope.organizationId && (grant.projectId === null || grant.projectId === scope.projectId);

/** Whether a grant reaches a scope, or a project in it. */
const touches = (grant: Grant, scope: Scope): boolean =>
  covers(grant, scope) || (grant.organizationId === scope.organizationId && scope.projectId === null);

/** What the principal may do in a scope or, without one, anywhere. */
export const permissionsOf = (principal: Principal, scope?: Scope): Permission[] =>
  allPermissions.filter((each) => (scope ? may(principal, each, scope) : holds(principal, each)));

/** Whether the principal has the permission anywhere. What it may touch by it is for {@link may} and `visible` to say. */
export const holds = (principal: Principal, permission: Permission): boolean =>
  principal.kind === 'OPERATOR' || principal.grants.some(({ permissions }) => permissions.has(permission));

/** Whether the scope exists for the principal: its own organizations, or its own project if it is restricted to one. */
export const sees = (principal: Principal, scope: Scope): boolean =>
  principal.kind === 'OPERATOR' || principal.grants.some((grant) => covers(grant, scope));

/** Whether the principal may do this in the whole of the scope. */
export const may = (principal: Principal, permission: Permission, scope: Scope): boolean =>
  principal.kind === 'OPERATOR' ||
  principal.grants.some((grant) => covers(grant, scope) && grant.permissions.has(permission));

/** Whether the principal may do this in the scope or in a part of it: what a list then shows is that part. */
export const mayWithin = (principal: Principal, permission: Permission, scope: Scope): boolean =>
  principal.kind === 'OPERATOR' ||
  principal.grants.some((grant) => touches(grant, scope) && grant.permissions.has(permission));

/** Whether the principal has this role in the whole of the scope. The operator stands above all roles. */
export const hasRole = (principal: Principal, role: Role, scope: Scope): boolean =>
  principal.kind === 'OPERATOR' || principal.grants.some((grant) => grant.role === role && covers(grant, scope));

/**
 * Where the principal belongs, for requests that name no scope: its organization, or its project if it is restricted to one.
 *
 * @returns null for the operator, and for who belongs to several organizations or none
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
 * The one check of every change and of every read that names where.
 *
 * @throws ApiError NOT_FOUND for a foreign tenant's scope, FORBIDDEN without the permission or beyond the principal's project
 */
export function requireIn(principal: Principal, permission: Permission, scope: Scope, field?: string): void {
  if (may(principal, permission, scope)) return;
  if (sees(principal, scope)) {
    throw lacking(
      permission,
      `This needs the permission ${permission}, which this principal does not have here.`,
      field,
    );
  }
  if (principal.kind !== 'OPERATOR' && principal.grants.some((grant) => touches(grant, scope))) {
    // Its organization is no secret to who acts in one project; what lies beyond the project is not its business.
    throw new ApiError('FORBIDDEN', 'This principal is restricted to one project: name the project.', field);
  }
  throw notFound(scope.projectId === null ? 'organization' : 'project', field);
}

/**
 * For lists and look-ups that name no scope, `visible` saying what they find; and for each event of a subscription, whose
 * scopes are otherwise checked at its beginning alone.
 *
 * @throws ApiError FORBIDDEN where the principal may do this nowhere
 */
export function requireSomewhere(principal: Principal, permission: Permission): void {
  if (!holds(principal, permission)) {
    throw lacking(permission, `This needs the permission ${permission}, which this principal does not have.`);
  }
}

/**
 * The part of a scope in which the principal may do this: the whole of it, or the one project that it is restricted to.
 *
 * @throws ApiError as {@link requireIn} does, and FORBIDDEN where it would be several projects
 */
export function narrowed(principal: Principal, permission: Permission, scope: Scope, field?: string): Scope {
  if (!may(principal, permission, scope) && principal.kind !== 'OPERATOR') {
    const parts = principal.grants.filter((grant) => touches(grant, scope) && grant.permissions.has(permission));
    if (parts.length === 1) return { organizationId: scope.organizationId, projectId: (parts[0] as Grant).projectId };
  }
  requireIn(principal, permission, scope, field);
  return scope;
}

/** What a credential or a membership lets its holder do. */
export interface Holding {
  /** Null for permissions that were given one by one. */
  readonly role: Role | null;
  readonly permissions: Iterable<Permission>;
}

/**
 * The one check of who may make, change or end a credential or a membership: nobody gives, or takes away, more than they hold
 * themselves where it holds. What is the owners' is for owners of the whole organization.
 *
 * @throws ApiError FORBIDDEN
 */
export function requireWithin(principal: Principal, { role, permissions }: Holding, scope: Scope, field: string): void {
  if (role === 'OWNER' && !hasRole(principal, 'OWNER', { ...scope, projectId: null })) {
    const message = 'Owners, and keys with the role OWNER, are made and unmade by owners of the organization.';
    throw new ApiError('FORBIDDEN', message, field);
  }
  const missing = [...permissions].filter((permission) => !may(principal, permission, scope));
  if (missing[0] !== undefined) {
    throw lacking(
      missing[0],
      `Nobody can give, or take away, more than they have; this principal lacks ${missing.join(', ')}.`,
      field,
    );
  }
}
