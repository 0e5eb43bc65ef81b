import { newId } from '../ground/newId.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { inTransaction } from '../store/transaction.ts';
import { digestOf } from './digest.ts';

/**
 * Stores the digest of the operator's key, so that it outlasts restarts. A given key replaces the stored one; without a given key
 * the stored one stays valid.
 *
 * @returns the valid digest; null if there has never been a key
 */
export async function ensureOperatorKey(
  prisma: PrismaClient,
  given: string | null,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const stored = await prisma.apiKey.findFirst({
    where: { organizationId: null, revokedAt: null },
    orderBy: { id: 'desc' },
    select: { digest: true },
  });
  if (given === null) return stored?.digest ?? null;
  const digest = digestOf(given);
  if (stored && Buffer.from(stored.digest).equals(digest)) return digest;
  await inTransaction(prisma, 'operator', async (transaction) => {
    await transaction.apiKey.updateMany({
      where: { organizationId: null, revokedAt: null },
      data: { revokedAt: new Date() },
    });
    await transaction.apiKey.upsert({
      where: { digest },
      create: { id: newId(), name: 'Operator', prefix: '', digest, permissions: [] },
      update: { revokedAt: null },
    });
  });
  return digest;
}
