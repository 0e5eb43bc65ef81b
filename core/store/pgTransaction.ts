import type { Pool, PoolClient } from 'pg';

/**
 * Runs work in a transaction on a connection of its own, which is given up if it cannot even roll back.
 *
 * @param begin - SQL that begins it, with settings of this transaction
 */
export async function pgTransaction<T>(
  pool: Pool,
  work: (transaction: PoolClient) => Promise<T>,
  begin = 'BEGIN',
): Promise<T> {
  const client = await pool.connect();
  let broken = false;
  try {
    await client.query(begin);
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {
      broken = true;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
