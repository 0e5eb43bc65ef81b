import type { Pool } from 'pg';

/**
 * Ends the lease of deliveries: their webhooks' workflows own them now, and they are due at once.
 *
 * @returns the webhooks whose workflows must be woken
 */
export async function release(pool: Pool, deliveryIds: readonly string[]): Promise<string[]> {
  const { rows } = await pool.query<{ webhook_id: string }>({
    name: 'release',
    text: `
      WITH released AS (
        UPDATE delivery SET
          leased_by = NULL,
          status = CASE WHEN attempt_count = 0 THEN 'PENDING' ELSE 'RETRYING' END::delivery_status,
          next_attempt_at = coalesce(next_attempt_at, now()),
          version = version + 1,
          changed_at = clock_timestamp()
        WHERE id = ANY ($1::uuid[]) AND leased_by IS NOT NULL
        RETURNING webhook_id
      )
      SELECT DISTINCT webhook_id FROM released`,
    values: [deliveryIds],
  });
  return rows.map((row) => row.webhook_id);
}
