import { notFound } from '../ground/errors.ts';
import type { Prisma } from './prisma/client.ts';

/**
 * Locks a project until this transaction ends, so that two changes never create something twice that it may have once.
 *
 * @throws ApiError NOT_FOUND
 */
export async function lockProject(
  transaction: Prisma.TransactionClient,
  projectId: string,
  field?: string,
): Promise<void> {
  // NO KEY: rows that refer to the project may still be written.
  const found = await transaction.$queryRaw<unknown[]>`
    SELECT 1 FROM project WHERE id = ${projectId}::uuid AND deleted_at IS NULL FOR NO KEY UPDATE`;
  if (found.length === 0) throw notFound('project', field);
}
