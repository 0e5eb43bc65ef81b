import { notFound } from '../ground/errors.ts';
import type { Prisma } from './prisma/client.ts';

/**
 * Tells every process that this organization's routes, or the way its events are sent, have changed. Call it in the
 * transaction of the change: a publisher that routed by an older version notices in its own insert, and routes again.
 *
 * @throws ApiError NOT_FOUND if the organization is deleted
 */
export async function raiseRoutingVersion(
  transaction: Prisma.TransactionClient,
  organizationId: string,
): Promise<void> {
  const { count } = await transaction.organization.updateMany({
    where: { id: organizationId, deletedAt: null },
    data: { routingVersion: { increment: 1 } },
  });
  if (count === 0) throw notFound('organization');
}

/**
 * Tells every process that this organization's event types have changed, as {@link raiseRoutingVersion} does of its routes: a
 * publisher that validated by older types notices in its own insert, and validates again.
 */
export async function raiseTypesVersion(transaction: Prisma.TransactionClient, organizationId: string): Promise<void> {
  await transaction.organization.update({
    where: { id: organizationId },
    data: { routingVersion: { increment: 1 }, typesVersion: { increment: 1 } },
    select: { id: true },
  });
}
