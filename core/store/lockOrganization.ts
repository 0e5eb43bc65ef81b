import { notFound } from '../ground/errors.ts';
import type { Prisma } from './prisma/client.ts';

/**
 * Waits for other changes of an organization, and keeps them waiting until this transaction ends: what is counted or compared
 * in it stays true.
 *
 * @throws ApiError NOT_FOUND
 */
export async function lockOrganization(
  transaction: Prisma.TransactionClient,
  organizationId: string,
  field?: string,
): Promise<void> {
  // NO KEY: rows that refer to the organization may still be written.
  const found = await transaction.$queryRaw<unknown[]>`
    SELECT 1 FROM organization WHERE id = ${organizationId}::uuid FOR NO KEY UPDATE`;
  if (found.length === 0) throw notFound('organization', field);
}
