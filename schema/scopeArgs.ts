import { mayWithin, ownScope, requireIn } from '../server/access/permissions.ts';
import type { Permission } from '../server/access/principal.ts';
import { invalid, notFound } from '../server/errors.ts';
import type { Context } from './context.ts';
import { isId } from './page.ts';

/** An id as an argument. What has not the form of one names nothing. */
export function idArgument(id: string, what: string, field: string): string {
  if (!isId(id)) throw notFound(what, field);
  return id;
}

interface ScopeArgs {
  readonly organizationId?: string | null | undefined;
  readonly projectId?: string | null | undefined;
}

/**
 * The tenant and project that arguments name. A principal's own where they name none; the operator has none, and must
 * say, and so must a user of several organizations.
 *
 * @param prefix - where the arguments lie, for the error's field: `input.` or nothing
 */
export async function scopeOf(
  context: Context,
  args: ScopeArgs,
  prefix = '',
): Promise<{ organizationId: string; projectId: string | null }> {
  const { principal, services } = context;
  const organizationId = args.organizationId ?? null;
  if (organizationId !== null) idArgument(organizationId, 'organization', `${prefix}organizationId`);
  if (args.projectId != null) {
    const projectId = idArgument(args.projectId, 'project', `${prefix}projectId`);
    const owner = await services.organizations.ofProject(principal, projectId, `${prefix}projectId`);
    const scope = { organizationId: owner, projectId };
    if (organizationId !== null && organizationId !== scope.organizationId) {
      throw invalid(`${prefix}projectId`, 'This project belongs to another organization than "organizationId".');
    }
    return scope;
  }
  if (organizationId === null) {
    const own = ownScope(principal);
    if (own) return own;
    throw invalid(
      `${prefix}organizationId`,
      'Say which organization or project: this principal does not belong to one.',
    );
  }
  await services.organizations.require(principal, organizationId, `${prefix}organizationId`);
  return { organizationId, projectId: null };
}

/**
 * The tenant and project filters of a list. Naming none lists all that the principal sees.
 *
 * @param permission - what the list needs in the scope that is named, or in a part of it
 */
export async function scopeFilter(
  context: Context,
  args: ScopeArgs,
  permission?: Permission,
): Promise<{ organizationId?: string; projectId?: string }> {
  const { organizationId, projectId } = args;
  const { principal, services } = context;
  if (organizationId != null) {
    idArgument(organizationId, 'organization', 'organizationId');
    await services.organizations.require(principal, organizationId, 'organizationId');
  }
  let scope: { organizationId: string; projectId: string | null } | null = null;
  if (projectId != null) {
    idArgument(projectId, 'project', 'projectId');
    const owner = await services.organizations.ofProject(principal, projectId);
    if (organizationId != null && owner !== organizationId) throw notFound('project', 'projectId');
    scope = { organizationId: owner, projectId };
  } else if (organizationId != null) scope = { organizationId, projectId: null };
  if (scope === null) return {};
  if (permission && !mayWithin(principal, permission, scope)) requireIn(principal, permission, scope);
  return scope.projectId === null
    ? { organizationId: scope.organizationId }
    : { organizationId: scope.organizationId, projectId: scope.projectId };
}
