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
 * The tenant and project that arguments name. A key's own where they name none; the operator has none, and must say.
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
  if (principal.kind === 'API_KEY') {
    if (organizationId === null) return { organizationId: principal.organizationId, projectId: principal.projectId };
    if (organizationId !== principal.organizationId) throw notFound('organization', `${prefix}organizationId`);
    return { organizationId, projectId: null };
  }
  if (organizationId === null) {
    throw invalid(`${prefix}organizationId`, 'Say which organization or project: the operator belongs to none.');
  }
  await services.organizations.require(principal, organizationId, `${prefix}organizationId`);
  return { organizationId, projectId: null };
}

/** The tenant and project filters of a list. Naming none lists all that the principal sees. */
export async function scopeFilter(
  context: Context,
  args: ScopeArgs,
): Promise<{ organizationId?: string; projectId?: string }> {
  const { organizationId, projectId } = args;
  if (organizationId == null && projectId == null) return {};
  if (organizationId != null) {
    idArgument(organizationId, 'organization', 'organizationId');
    if (context.principal.kind === 'OPERATOR') {
      await context.services.organizations.require(context.principal, organizationId, 'organizationId');
    } else if (context.principal.organizationId !== organizationId) throw notFound('organization', 'organizationId');
  }
  if (projectId == null) return organizationId == null ? {} : { organizationId };
  idArgument(projectId, 'project', 'projectId');
  const owner = await context.services.organizations.ofProject(context.principal, projectId);
  if (organizationId != null && owner !== organizationId) throw notFound('project', 'projectId');
  return { organizationId: owner, projectId };
}
