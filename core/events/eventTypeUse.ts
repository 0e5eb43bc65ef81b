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
  // In the order of the index: the newest events are the likeliest to be there.
  const event = await store.event.findFirst({
    where: { organizationId, type: name, ...(projectId === null ? {} : { projectId }) },
    orderBy: { id: 'desc' },
    select: { id: true },
  });
  if (event) {
    throw new ApiError(
      'CONFLICT',
      `Events of the type ${shownType(name)} were published, and the log still has them: archive it with "archiveEventType" instead.`,
      field,
    );
  }
}

/** @throws ApiError CONFLICT if a webhook names this type: without it, the webhook's list would name nothing */
export async function requireUnchosen(
  store: Prisma.TransactionClient,
  { organizationId, projectId, name }: StoredType,
  field: string,
): Promise<void> {
  const chosen = await store.webhook.findFirst({
    where: {
      organizationId,
      deletedAt: null,
      eventTypes: { has: name },
      ...(projectId === null ? {} : { OR: [{ projectId: null }, { projectId }] }),
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
