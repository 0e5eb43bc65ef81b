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
  const sealed = keys.seal(secret, `webhook_secret:${id}`);
  // By the database's clock, which all processes share: a rotation asks for its age.
  await transaction.$executeRaw`
    INSERT INTO webhook_secret (id, webhook_id, sealed, state, created_at)
    VALUES (${id}::uuid, ${webhookId}::uuid, ${new Uint8Array(sealed)}, 'ACTIVE', clock_timestamp())`;
  return id;
}
