import type { Scope } from '../access/permissions.ts';
import { notFound } from '../ground/errors.ts';
import type { ProfileDefinition, ProfileName } from '../profiles/profile.ts';
import { profileOf } from '../profiles/registry.ts';
import type { PrismaClient } from '../store/prisma/client.ts';

/**
 * The profile of something new in a scope: the one that was asked for, else the project's, or STANDARD for a whole organization.
 *
 * @throws ApiError NOT_FOUND if there is no such project
 */
export async function profileFor(
  prisma: PrismaClient,
  { projectId }: Scope,
  wanted: ProfileName | null | undefined,
): Promise<ProfileDefinition> {
  if (wanted != null) return profileOf(wanted);
  if (projectId === null) return profileOf('STANDARD');
  const where = { id: projectId, deletedAt: null };
  const project = await prisma.project.findFirst({ where, select: { profile: true } });
  if (!project) throw notFound('project', 'input.projectId');
  return profileOf(project.profile);
}
