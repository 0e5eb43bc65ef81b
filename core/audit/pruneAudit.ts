import type { Pool } from 'pg';
import { firstIdOf } from '../ground/idTime.ts';
import { pgTransaction } from '../store/pgTransaction.ts';

const batchSize = 2_000;

/**
 * Deletes audit events that are older than the retention time, and the receipts of deletions that ended before it.
 *
 * @param keptMs - retention time in milliseconds: 30 days or more, because the database refuses to delete what is younger
 * @param atMostMs - no batch begins after this many milliseconds; the next call continues
 * @returns how many rows were deleted
 */
export async function pruneAudit(pool: Pool, keptMs: number, atMostMs: number): Promise<number> {
  const before = Date.now() - keptMs;
  const beganAt = performance.now();
  let gone = 0;
  for (let more = true; more && performance.now() - beganAt < atMostMs; ) {
    const deleted = await pgTransaction(pool, async (transaction) => {
      await transaction.query("SELECT set_config('everhook.audit_retention', 'on', true)");
      const { rowCount } = await transaction.query(
        `DELETE FROM audit_event WHERE id IN (SELECT id FROM audit_event WHERE id < $1 AND at < $2 ORDER BY id LIMIT $3)`,
        [firstIdOf(before), new Date(before), batchSize],
      );
      return rowCount ?? 0;
    });
    gone += deleted;
    more = deleted === batchSize;
  }
  const { rowCount } = await pool.query(`DELETE FROM deletion WHERE state = 'FINISHED' AND finished_at < $1`, [
    new Date(before),
  ]);
  return gone + (rowCount ?? 0);
}
