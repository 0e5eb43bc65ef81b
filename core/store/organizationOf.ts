import type { Pool } from 'pg';

/** Whose row it is; null where it is gone. */
export async function organizationOf(
  pool: Pool,
  table: 'recovery' | 'erasure' | 'deletion',
  id: string,
): Promise<string | null> {
  const { rows } = await pool.query<{ organization_id: string }>({
    name: `organization_of_${table}`,
    text: `SELECT organization_id FROM ${table} WHERE id = $1`,
    values: [id],
  });
  return rows[0]?.organization_id ?? null;
}
