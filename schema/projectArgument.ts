import type { Context } from './context.ts';
import { idArgument } from './scopeArgs.ts';

/** The project that an argument names, with its organization. @throws ApiError NOT_FOUND */
export async function projectArgument(
  { principal, services }: Context,
  id: string,
  field = 'projectId',
): Promise<{ organizationId: string; projectId: string }> {
  const projectId = idArgument(id, 'project', field);
  return { organizationId: await services.organizations.ofProject(principal, projectId, field), projectId };
}
