import type { PoolClient } from 'pg';

/**
 * Refuses one more job of an organization. Those that begin at the same moment wait for each other.
 *
 * @param running - SQL: which jobs of the table count
 * @param full - what is thrown where there are as many as may run at once
 */
export async function requireRoom(
  transaction: PoolClient,
  table: 'recovery' | 'erasure',
  organizationId: string,
  running: string,
  most: number,
  full: Error,
): Promise<void> {
  await transaction.query('SELECT pg_advisory_xact_lock(hashtext($1), hashtext($2))', [table, organizationId]);
  const { rows } = await transaction.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM ${table} WHERE organization_id = $1 AND ${running}`,
    [organizationId],
  );
  if ((rows[0]?.count ?? 0) >= most) throw full;
}
