import type { Principal } from '../access/principal.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { inTransaction } from '../store/transaction.ts';
import { type KeyedAction, once, storedOnce } from './actionKey.ts';

/**
 * As {@link once}, for an action with transactions of its own that leads to the same state however often it runs. A process that
 * dies between the action and the storing of its result runs it once more when the call is repeated.
 *
 * @throws ApiError CONFLICT, field `idempotencyKey`, if the key belongs to another action
 */
export async function onceIdempotent<T>(
  prisma: PrismaClient,
  principal: Principal,
  action: KeyedAction,
  act: () => Promise<T>,
): Promise<T> {
  if (action.key === null) return act();
  const { organizationId } = action;
  const first = await inTransaction(prisma, organizationId, (transaction) =>
    storedOnce<T>(transaction, principal, action),
  );
  if (first) return first.result;
  const result = await act();
  return inTransaction(prisma, organizationId, (transaction) =>
    once(transaction, principal, action, async () => result),
  );
}
