import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { Principal } from '../access/principal.ts';
import { ApiError } from '../ground/errors.ts';
import { checkIdempotencyKey } from '../ground/idempotencyKey.ts';
import type { Prisma } from '../store/prisma/client.ts';

/** An action that must happen once, even if its caller asks for it twice. */
export interface KeyedAction {
  readonly organizationId: string;
  /** The caller's idempotency key; null if each call is a new action. */
  readonly key: string | null;
  /** The content of the call: another call with the same key must have the same. */
  readonly request: readonly string[];
}

type Transaction = PoolClient | Prisma.TransactionClient;

/**
 * Runs an action once for each key of a principal within 24 hours, in the action's own transaction. A repeated call gets the
 * first call's result, and waits for it if that is still under way.
 *
 * @param transaction - Prisma's, or a connection of the pool inside `BEGIN` and `COMMIT`
 * @param act - its result is kept as JSON: no secret, and no value that JSON does not have
 * @throws ApiError CONFLICT, field `input.idempotencyKey`, if the key belongs to another action
 */
export async function once<T>(
  transaction: Transaction,
  principal: Principal,
  action: KeyedAction,
  act: () => Promise<T>,
): Promise<T> {
  if (action.key === null) return act();
  const { name, digest } = identityOf(principal, action);
  const taken = await rowsOf(
    transaction,
    `INSERT INTO action_key AS k (organization_id, principal_id, key, digest, expires_at)
     VALUES ($1::uuid, $2, $3, $4, now() + interval '24 hours')
     ON CONFLICT (organization_id, principal_id, key) DO UPDATE
       SET digest = excluded.digest, result = NULL, expires_at = excluded.expires_at WHERE k.expires_at <= now()
     RETURNING true AS taken`,
    [...name, digest],
  );
  if (taken.length > 0) {
    const result = await act();
    await rowsOf(
      transaction,
      `UPDATE action_key SET result = $4::json WHERE organization_id = $1::uuid AND principal_id = $2 AND key = $3
       RETURNING true AS updated`,
      [...name, JSON.stringify(result)],
    );
    return result;
  }
  const first = await storedOnce<T>(transaction, principal, action);
  if (!first) throw otherAction();
  return first.result;
}

/** The result of an action that ran under its key before; null if none did. @throws as {@link once} */
export async function storedOnce<T>(
  transaction: Transaction,
  principal: Principal,
  action: KeyedAction,
): Promise<{ readonly result: T } | null> {
  const { name, digest } = identityOf(principal, action);
  const [first] = await rowsOf<{ digest: Uint8Array; result: T }>(
    transaction,
    `SELECT digest, result FROM action_key
      WHERE organization_id = $1::uuid AND principal_id = $2 AND key = $3 AND expires_at > now()`,
    name,
  );
  if (!first) return null;
  if (!digest.equals(first.digest)) throw otherAction();
  return first;
}

/** The refusal of a key that stands for another action. */
export const otherAction = () =>
  new ApiError(
    'CONFLICT',
    'This idempotency key stands for another action of the last 24 hours. Use a new key.',
    'input.idempotencyKey',
  );

function identityOf(principal: Principal, { organizationId, key, request }: KeyedAction) {
  const digest = createHash('sha256').update(JSON.stringify(request)).digest();
  return { name: [organizationId, `${principal.kind}:${principal.id}`, key], digest };
}

async function rowsOf<Row extends object>(transaction: Transaction, text: string, values: unknown[]): Promise<Row[]> {
  if ('$queryRawUnsafe' in transaction) return transaction.$queryRawUnsafe<Row[]>(text, ...values);
  return (await transaction.query<Row>(text, values)).rows;
}

/** @throws ApiError VALIDATION_FAILED */
export function checkActionKey(key: string | null | undefined, field = 'input.idempotencyKey'): string | null {
  if (key == null) return null;
  checkIdempotencyKey(key, field);
  return key;
}
