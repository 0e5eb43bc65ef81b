import type { Prisma } from './prisma/client.ts';

/**
 * Tells every process that where this organization's events go, or how they are sent, has changed. To be called in the
 * transaction of the change: a publisher that routed by an older version finds out in its own insert, and routes again.
 */
export async function raiseRoutingVersion(
  transaction: Prisma.TransactionClient,
  organizationId: string,
): Promise<void> {
  await transaction.organization.update({
    where: { id: organizationId },
    data: { routingVersion: { increment: 1 } },
    select: { id: true },
  });
}
