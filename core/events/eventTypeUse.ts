import type { Principal } from '../access/principal.ts';
import { visible } from '../access/visible.ts';
import { ApiError } from '../ground/errors.ts';
import type { Prisma } from '../store/prisma/client.ts';
import type { StoredType } from './storedType.ts';
import { shownType } from './typeName.ts';

/** @throws ApiError CONFLICT if the log has an event of this type */
export async function requireUnpublished(
  store: Prisma.TransactionClient,
  { organizationId, projectId, name }: StoredType,
  field: string,
): Promise<void> {
  // By the index of each project, or of what the organization itself published.
  const [{ published }] = await store.$queryRaw<[{ published: boolean }]>`
    SELECT EXISTS (
      SELECT FROM project p, LATERAL (
        SELECT FROM event WHERE organization_id = p.organization_id AND project_id = p.id AND type = ${name} LIMIT 1
      ) AS e
       WHERE p.organization_id = ${organizationId}::uuid AND coalesce(p.id = ${projectId}::uuid, true)
    ) OR (${projectId}::uuid IS NULL AND EXISTS (
      SELECT FROM event WHERE organization_id = ${organizationId}::uuid AND project_id IS NULL AND type = ${name}
    )) AS published`;
  if (published) {
    throw new ApiError(
      'CONFLICT',
      `Events of the type ${shownType(name)} were published, and the log still has them: archive it with "archiveEventType" instead.`,
      field,
    );
  }
}

/**
 * @throws ApiError CONFLICT if a webhook that the principal may see names this type: without it, the webhook's list would name
 * nothing. Another one is told of to nobody: it has the name of nothing then, as it may have from the beginning
 */
export async function requireUnchosen(
  store: Prisma.TransactionClient,
  principal: Principal,
  { organizationId, projectId, name }: StoredType,
  field: string,
): Promise<void> {
  const chosen = await store.webhook.findFirst({
    where: {
      organizationId,
      deletedAt: null,
      eventTypes: { has: name },
      AND: [visible(principal), projectId === null ? {} : { OR: [{ projectId: null }, { projectId }] }],
    },
    select: { id: true },
  });
  if (chosen) {
    throw new ApiError(
      'CONFLICT',
      `The webhook ${chosen.id} has chosen the type ${shownType(name)}: take it out of that webhook's "eventTypes" first, or archive the type with "archiveEventType".`,
      field,
    );
  }
}
