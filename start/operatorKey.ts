import type pg from 'pg';
import { newKey } from '../core/access/apiKeys.ts';
import { digestOf } from '../core/access/digest.ts';
import { newId } from '../core/ground/newId.ts';
import { connected } from '../local/connected.ts';

const queryMs = 5_000;

const ofOperators = 'SELECT digest FROM api_key WHERE organization_id IS NULL AND revoked_at IS NULL';

/** Whether an operator can sign in. */
export async function hasOperatorKey(databaseUrl: string): Promise<boolean> {
  return connected(
    databaseUrl,
    async (client) => (await client.query(`${ofOperators} LIMIT 1`)).rowCount === 1,
    queryMs,
  );
}

/** Where a key that was made waits until somebody has seen it. Only its digest is in the database. */
export interface UnseenKey {
  /** @returns null if there is none */
  kept(): Promise<string | null>;
  /** It is on the disk when this resolves. */
  keep(key: string): Promise<void>;
  forget(): Promise<void>;
}

/**
 * Makes the operator's key if the database has none yet; of concurrent starts, one makes it. The key is kept before the database
 * has it: a start that ends before it has shown the key leaves it to the next one.
 *
 * @param databaseUrl - a migrated database; it stores only the key's digest
 * @returns the key that nobody has seen yet, to be shown and then forgotten; null if there is no such key
 */
export async function firstOperatorKey(databaseUrl: string, unseen: UnseenKey): Promise<string | null> {
  const make = async (client: pg.Client) => {
    await client.query('BEGIN');
    await client.query('LOCK TABLE api_key IN SHARE ROW EXCLUSIVE MODE');
    const { rows } = await client.query<{ digest: Buffer }>(ofOperators);
    const kept = await unseen.kept();
    if (rows.length > 0) {
      if (kept === null) return null;
      if (rows.some(({ digest }) => digest.equals(digestOf(kept)))) return kept;
      await unseen.forget();
      return null;
    }
    const key = kept ?? newKey();
    if (kept === null) await unseen.keep(key);
    await client.query(
      `INSERT INTO api_key (id, name, prefix, digest, permissions) VALUES ($1, 'operator', $2, $3, '{}')`,
      [newId(), key.slice(0, 12), digestOf(key)],
    );
    await client.query('COMMIT');
    return key;
  };
  return connected(databaseUrl, make, queryMs);
}
