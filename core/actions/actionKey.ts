import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { Principal } from '../access/principal.ts';
import { ApiError } from '../ground/errors.ts';
import { checkIdempotencyKey } from '../ground/idempotencyKey.ts';

/** An action that is not to be done twice where its caller asks twice. */
export interface KeyedAction {
  readonly organizationId: string;
  /** The caller's; null where each call is one of its own. */
  readonly key: string | null;
  /** What the call asks for: another call under the same key must ask for the same. */
  readonly asked: readonly string[];
}

/**
 * Does an action once for each key of a principal, within 24 hours, in the transaction of the action itself: a retried click
 * gets what the first one got, and waits for it where that is still under way.
 *
 * @throws ApiError CONFLICT, field `idempotencyKey`, where the key stands for another action
 */
export async function once<T>(
  transaction: PoolClient,
  principal: Principal,
  { organizationId, key, asked }: KeyedAction,
  act: () => Promise<T>,
): Promise<T> {
  if (key === null) return act();
  const digest = createHash('sha256').update(JSON.stringify(asked)).digest();
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
      'idempotencyKey',
    );
  }
  return first.result;
}

/** @throws ApiError VALIDATION_FAILED */
export function checkActionKey(key: string | null | undefined, field = 'idempotencyKey'): string | null {
  if (key == null) return null;
  checkIdempotencyKey(key, field);
  return key;
}
