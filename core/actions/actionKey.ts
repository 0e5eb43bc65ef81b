import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { Principal } from '../access/principal.ts';
import { ApiError } from '../ground/errors.ts';
import { checkIdempotencyKey } from '../ground/idempotencyKey.ts';

/** An action that must happen once, even if its caller asks for it twice. */
export interface KeyedAction {
  readonly organizationId: string;
  /** The caller's idempotency key; null if each call is a new action. */
  readonly key: string | null;
  /** The content of the call: another call with the same key must have the same. */
  readonly request: readonly string[];
}

/**
 * Runs an action once for each key of a principal within 24 hours, in the action's own transaction. A repeated call gets the
 * first call's result, and waits for it if that is still under way.
 *
 * @throws ApiError CONFLICT, field `input.idempotencyKey`, if the key belongs to another action
 */
export async function once<T>(
  transaction: PoolClient,
  principal: Principal,
  { organizationId, key, request }: KeyedAction,
  act: () => Promise<T>,
): Promise<T> {
  if (key === null) return act();
  const digest = createHash('sha256').update(JSON.stringify(request)).digest();
  const name = [organizationId, `${principal.kind}:${principal.id}`, key];
  const { rows: taken } = await transaction.query<{ digest: Buffer | null }>(
    `INSERT INTO action_key AS k (organization_id, principal_id, key, digest, expires_at)
     VALUES ($1, $2, $3, $4, now() + interval '24 hours')
     ON CONFLICT (organization_id, principal_id, key) DO UPDATE
       SET digest = excluded.digest, result = NULL, expires_at = excluded.expires_at WHERE k.expires_at <= now()
     RETURNING digest`,
    [...name, digest],
  );
  if (taken.length > 0) {
    const result = await act();
    await transaction.query(
      'UPDATE action_key SET result = $4 WHERE organization_id = $1 AND principal_id = $2 AND key = $3',
      [...name, JSON.stringify(result)],
    );
    return result;
  }
  const { rows } = await transaction.query<{ digest: Buffer; result: T }>(
    'SELECT digest, result FROM action_key WHERE organization_id = $1 AND principal_id = $2 AND key = $3',
    name,
  );
  const [first] = rows;
  if (!first?.digest.equals(digest)) {
    throw new ApiError(
      'CONFLICT',
      'This idempotency key stands for another action of the last 24 hours. Use a new key.',
      'input.idempotencyKey',
    );
  }
  return first.result;
}

/** @throws ApiError VALIDATION_FAILED */
export function checkActionKey(key: string | null | undefined, field = 'input.idempotencyKey'): string | null {
  if (key == null) return null;
  checkIdempotencyKey(key, field);
  return key;
}
