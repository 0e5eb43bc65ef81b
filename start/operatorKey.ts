import { newKey } from '../core/access/apiKeys.ts';
import { digestOf } from '../core/access/digest.ts';
import { newId } from '../core/ground/newId.ts';
import { connected } from '../local/connected.ts';

const ofOperators = 'SELECT FROM api_key WHERE organization_id IS NULL AND revoked_at IS NULL';

/** Whether an operator can sign in. */
export async function hasOperatorKey(databaseUrl: string): Promise<boolean> {
  return connected(databaseUrl, async (client) => (await client.query(`${ofOperators} LIMIT 1`)).rowCount === 1);
}

/**
 * Makes the operator's key if the database has none yet; of concurrent starts, one makes it.
 *
 * @param databaseUrl - a migrated database; it stores only the key's digest
 * @returns the new key, to be shown this once; null if there is one already
 */
export async function firstOperatorKey(databaseUrl: string): Promise<string | null> {
  return connected(databaseUrl, async (client) => {
    const key = newKey();
    await client.query('BEGIN');
    await client.query('LOCK TABLE api_key IN SHARE ROW EXCLUSIVE MODE');
    const { rowCount } = await client.query(
      `INSERT INTO api_key (id, name, prefix, digest, permissions)
       SELECT $1, 'operator', $2, $3, '{}'
       WHERE NOT EXISTS (${ofOperators})`,
      [newId(), key.slice(0, 12), digestOf(key)],
    );
    await client.query('COMMIT');
    return rowCount === 1 ? key : null;
  });
}
