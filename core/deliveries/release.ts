import type { Pool } from 'pg';

/** Why deliveries could not be sent, by the installation's fault, and when they are due again. */
export interface Withholding {
  /** Shown with each delivery. */
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly dueAt: number;
}

/**
 * Ends the lease of deliveries: their webhooks' workflows own them now, and they are due at once, unless they are withheld.
 *
 * @returns the webhooks whose workflows must be woken
 */
export async function release(
  pool: Pool,
  deliveryIds: readonly string[],
  withheld: Withholding | null = null,
): Promise<string[]> {
  const { rows } = await pool.query<{ webhook_id: string }>({
    name: 'release',
    text: `
      WITH released AS (
        UPDATE delivery SET
          leased_by = NULL,
          status = CASE WHEN attempt_count = 0 THEN 'PENDING' ELSE 'RETRYING' END::delivery_status,
          status_reason = coalesce($2, status_reason),
          next_attempt_at = coalesce($3::timestamptz, next_attempt_at, now()),
          version = version + 1,
          changed_at = clock_timestamp()
        WHERE id = ANY ($1::uuid[]) AND leased_by IS NOT NULL
        RETURNING webhook_id
      )
      SELECT DISTINCT webhook_id FROM released`,
    values: [deliveryIds, withheld?.reason ?? null, withheld && new Date(withheld.dueAt)],
  });
  return rows.map((row) => row.webhook_id);
}

/**
 * Postpones deliveries that their webhook's workflow owns and that could not be sent, by the installation's fault. No attempt is
 * counted.
 *
 * @returns those that still wait, with their attempts so far and when they are due, in milliseconds since the epoch
 */
export async function postpone(
  pool: Pool,
  deliveryIds: readonly string[],
  { reason, dueAt }: Withholding,
): Promise<ReadonlyMap<string, { made: number; dueAt: number }>> {
  const { rows } = await pool.query<{ id: string; made: number; due: Date }>({
    name: 'postpone',
    text: `
      UPDATE delivery SET
        status_reason = $2,
        next_attempt_at = greatest(next_attempt_at, $3::timestamptz),
        version = version + 1,
        changed_at = clock_timestamp()
      WHERE id = ANY ($1::uuid[]) AND leased_by IS NULL AND status IN ('PENDING', 'RETRYING')
      RETURNING id, attempt_count AS made, next_attempt_at AS due`,
    values: [deliveryIds, reason, new Date(dueAt)],
  });
  return new Map(rows.map(({ id, made, due }) => [id, { made, dueAt: due.getTime() }]));
}

/** Shows that deliveries wait for the installation's way out, where they do not show it yet; they stay due. @returns their ids */
export async function showWithheld(pool: Pool, deliveryIds: readonly string[], reason: string): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'show_withheld',
    text: `
      UPDATE delivery SET status_reason = $2, version = version + 1, changed_at = clock_timestamp()
       WHERE id = ANY ($1::uuid[]) AND leased_by IS NULL AND status IN ('PENDING', 'RETRYING')
         AND status_reason IS DISTINCT FROM $2
      RETURNING id`,
    values: [deliveryIds, reason],
  });
  return rows.map((row) => row.id);
}
