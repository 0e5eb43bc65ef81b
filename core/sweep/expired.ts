import type { Pool } from 'pg';

const maxAtOnce = 5_000;

/** Deletes the rows of processes that ended long ago and lease nothing any more. */
export const forgetProcesses = (pool: Pool): Promise<number> =>
  countOf(
    pool,
    `DELETE FROM process p
      WHERE heartbeat_at < now() - interval '1 hour' AND NOT EXISTS (SELECT FROM delivery WHERE leased_by = p.id)`,
  );

/**
 * Deletes expired idempotency keys, of events and of actions. It skips a key that another call is reusing at this moment.
 */
export async function expireKeys(pool: Pool): Promise<number> {
  const events = await countOf(
    pool,
    `DELETE FROM idempotency_key WHERE expires_at < now() AND (scope_id, key) IN
       (SELECT scope_id, key FROM idempotency_key WHERE expires_at < now() ORDER BY expires_at LIMIT ${maxAtOnce}
           FOR UPDATE SKIP LOCKED)`,
  );
  const actions = await countOf(
    pool,
    `DELETE FROM action_key WHERE expires_at < now() AND (organization_id, principal_id, key) IN
       (SELECT organization_id, principal_id, key FROM action_key WHERE expires_at < now() ORDER BY expires_at
         LIMIT ${maxAtOnce} FOR UPDATE SKIP LOCKED)`,
  );
  return events + actions;
}

async function countOf(pool: Pool, statement: string): Promise<number> {
  return (await pool.query(statement)).rowCount ?? 0;
}
