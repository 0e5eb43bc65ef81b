import type { Pool } from 'pg';

/**
 * Deletes a secret whose deadline has passed.
 *
 * @param now - milliseconds since the epoch
 * @returns milliseconds until its deadline; null if the secret is gone
 */
export async function retireDue(pool: Pool, secretId: string, now: number): Promise<number | null> {
  const { rows } = await pool.query<{ retires_at: Date }>(
    `WITH gone AS (
       DELETE FROM webhook_secret WHERE id = $1 AND state = 'RETIRING' AND retires_at <= $2 RETURNING id
     )
     SELECT retires_at FROM webhook_secret
      WHERE id = $1 AND state = 'RETIRING' AND NOT EXISTS (SELECT FROM gone)`,
    [secretId, new Date(now)],
  );
  return rows[0] ? Math.max(0, rows[0].retires_at.getTime() - now) : null;
}

/** Deletes every secret whose deadline passed and whose workflow did not delete it. @returns how many */
export async function retireForgotten(pool: Pool): Promise<number> {
  const { rowCount } = await pool.query(
    `DELETE FROM webhook_secret WHERE state = 'RETIRING' AND retires_at < now() - interval '5 seconds'`,
  );
  return rowCount ?? 0;
}
