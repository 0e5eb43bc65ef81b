import { mayWithin, ownScope, requireIn } from '../core/access/permissions.ts';
import type { Permission } from '../core/access/principal.ts';
import { invalid, notFound } from '../core/ground/errors.ts';
import { parseId } from '../core/ground/parseId.ts';
import type { Referred } from '../core/references/references.ts';
import type { Context } from './context.ts';

/** An id from an argument, as the store writes it. @throws ApiError NOT_FOUND where it does not have the form of an id */
export function idArgument(text: string, what: string, field: string): string {
  const id = parseId(text);
  if (id === null) throw notFound(what, field);
  return id;
}

/** An id from an argument that may be left out. */
export const idOrNull = (text: string | null | undefined, what: string, field: string): string | null =>
  text == null ? null : idArgument(text, what, field);

/** The same of something that has external ids. GraphQL's arguments were replaced before; those of REST come as they are. */
async function referredOrNull(
  { principal, services }: Pick<Context, 'principal' | 'services'>,
  text: string | null | undefined,
  what: Referred,
  field: string,
): Promise<string | null> {
  if (text == null) return null;
  const id = parseId(text) ?? (await services.references.find(principal, what, text, field));
  if (id === null) throw notFound(what, field);
  return id;
}

export interface ScopeArgs {
  readonly organizationId?: string | null | undefined;
  readonly projectId?: string | null | undefined;
}

/**
 * The tenant and project that arguments name, or the principal's own where they name none. The operator, and a user of
 * several organizations, must name one.
 *
 * @param prefix - path of the arguments, for the error's field: `input.` or empty
 */
export async function scopeOf(
  context: Pick<Context, 'principal' | 'services'>,
  args: ScopeArgs,
  prefix = '',
): Promise<{ organizationId: string; projectId: string | null }> {
  const { principal, services } = context;
  const organizationId = await referredOrNull(context, args.organizationId, 'organization', `${prefix}organizationId`);
  const projectId = await referredOrNull(context, args.projectId, 'project', `${prefix}projectId`);
  if (projectId !== null) {
    const owner = await services.organizations.ofProject(principal, projectId, `${prefix}projectId`);
    const scope = { organizationId: owner, projectId };
    if (organizationId !== null && organizationId !== scope.organizationId) {
      throw invalid(`${prefix}projectId`, 'This project does not belong to the organization "organizationId".');
    }
    return scope;
  }
  if (organizationId === null) {
    const own = ownScope(principal);
    if (own) return own;
    throw invalid(
      `${prefix}organizationId`,
      'Name an organization or a project: this principal does not belong to exactly one organization.',
    );
  }
  await services.organizations.require(principal, organizationId, `${prefix}organizationId`);
  return { organizationId, projectId: null };
}

/**
 * The tenant and project filters of a list. Without them, a list has everything that the principal may see.
 *
 * @param permission - needed in the named scope, or in a part of it
 */
export async function scopeFilter(
  context: Context,
  args: ScopeArgs,
  permission?: Permission,
): Promise<{ organizationId?: string; projectId?: string }> {
  const { principal, services } = context;
  const organizationId = idOrNull(args.organizationId, 'organization', 'organizationId');
  const projectId = idOrNull(args.projectId, 'project', 'projectId');
  if (organizationId !== null) {
    await services.organizations.require(principal, organizationId, 'organizationId');
  }
  let scope: { organizationId: string; projectId: string | null } | null = null;
  if (projectId !== null) {
    const owner = await services.organizations.ofProject(principal, projectId);
    if (organizationId !== null && owner !== organizationId) throw notFound('project', 'projectId');
    scope = { organizationId: owner, projectId };
  } else if (organizationId !== null) scope = { organizationId, projectId: null };
  if (scope === null) return {};
  if (permission && !mayWithin(principal, permission, scope)) requireIn(principal, permission, scope);
  return scope.projectId === null
    ? { organizationId: scope.organizationId }
    : { organizationId: scope.organizationId, projectId: scope.projectId };
}
