import { notFound } from '../ground/errors.ts';
import type { Prisma } from './prisma/client.ts';

/**
 * Locks an organization until this transaction ends: other changes of it wait, so that counts and comparisons stay true.
 *
 * @throws ApiError NOT_FOUND
 */
export async function lockOrganization(
  transaction: Prisma.TransactionClient,
  organizationId: string,
  field?: string,
): Promise<void> {
  if (!(await locksOrganization(transaction, organizationId))) throw notFound('organization', field);
}

/** The same. @returns whether the organization is there */
export async function locksOrganization(
  transaction: Prisma.TransactionClient,
  organizationId: string,
): Promise<boolean> {
  // NO KEY: rows that refer to the organization may still be written.
  const found = await transaction.$queryRaw<unknown[]>`
    SELECT 1 FROM organization WHERE id = ${organizationId}::uuid AND deleted_at IS NULL FOR NO KEY UPDATE`;
  return found.length > 0;
}
