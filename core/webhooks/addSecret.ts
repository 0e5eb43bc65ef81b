import { newId } from '../ground/newId.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import type { Prisma } from '../store/prisma/client.ts';

/** Stores a webhook's active secret. */
export async function addSecret(
  transaction: Prisma.TransactionClient,
  keys: KeyRing,
  webhookId: string,
  secret: string,
): Promise<string> {
  const id = newId();
  await transaction.webhookSecret.create({
    data: { id, webhookId, sealed: new Uint8Array(keys.seal(secret, `webhook_secret:${id}`)), state: 'ACTIVE' },
    select: { id: true },
  });
  return id;
}
