import type { PrismaClient } from '../store/prisma/client.ts';

/** A project's issues as the stream shows them, in the order of the ids; deleted ones are left out. */
export async function shownIssues(prisma: PrismaClient, projectId: string, ids: readonly string[]) {
  const issues = await prisma.issue.findMany({
    where: { projectId, id: { in: [...ids] } },
    omit: { organizationId: true, externalChangedAt: true },
  });
  const byId = new Map(issues.map((issue) => [issue.id, issue]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}
