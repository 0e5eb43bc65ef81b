import type { Pool } from 'pg';

const mostAtOnce = 5_000;

/** Takes away processes that have long ended, with nothing leased to them any more. */
export const forgetProcesses = (pool: Pool): Promise<number> =>
  countOf(
    pool,
    `DELETE FROM process p
      WHERE heartbeat_at < now() - interval '1 hour' AND NOT EXISTS (SELECT FROM delivery WHERE leased_by = p.id)`,
  );

/**
 * Takes away idempotency keys that no longer stand for anything, of events and of actions. One that is taken over at this moment
 * is left alone: it stands for something again.
 */
export async function expireKeys(pool: Pool): Promise<number> {
  const events = await countOf(
    pool,
    `DELETE FROM idempotency_key WHERE expires_at < now() AND (scope_id, key) IN
       (SELECT scope_id, key FROM idempotency_key WHERE expires_at < now() ORDER BY expires_at LIMIT ${mostAtOnce}
           FOR UPDATE SKIP LOCKED)`,
  );
  const actions = await countOf(
    pool,
    `DELETE FROM action_key WHERE expires_at < now() AND (organization_id, principal_id, key) IN
       (SELECT organization_id, principal_id, key FROM action_key WHERE expires_at < now() ORDER BY expires_at
         LIMIT ${mostAtOnce} FOR UPDATE SKIP LOCKED)`,
  );
  return events + actions;
}

async function countOf(pool: Pool, statement: string): Promise<number> {
  return (await pool.query(statement)).rowCount ?? 0;
}
