import type { Pool } from 'pg';
import { firstIdAt } from '../deliveries/pruneLog.ts';

const maxAtOnce = 5_000;
/** How long idempotency keys are kept, less what clocks may differ. Milliseconds. */
const keptMs = 23 * 3_600_000;

/** Deletes the rows of processes that ended long ago and lease nothing any more. */
export const forgetProcesses = (pool: Pool): Promise<number> =>
  countOf(
    pool,
    `DELETE FROM process p
      WHERE heartbeat_at < now() - interval '1 hour' AND NOT EXISTS (SELECT FROM delivery WHERE leased_by = p.id)`,
  );

/** How long a session that has ended is kept, to tell its browser why. Hours. */
const endedSessionHours = 72;

/** Deletes sessions that ended a while ago. Those that were not used for too long reach their end in time as well. */
const forgetSessions = (pool: Pool): Promise<number> =>
  countOf(
    pool,
    `DELETE FROM session WHERE id IN
       (SELECT id FROM session WHERE expires_at < now() - interval '${endedSessionHours} hours' ORDER BY expires_at LIMIT ${maxAtOnce})
        OR id IN (SELECT id FROM session WHERE ended_at < now() - interval '${endedSessionHours} hours' LIMIT ${maxAtOnce})`,
  );

/**
 * Deletes expired idempotency keys, of events and of actions, and sessions. It skips a key that another call is reusing at this moment.
 */
export async function expireKeys(pool: Pool): Promise<number> {
  // Found by the index of events: a key expires a day after its event was made, whose id begins with that time.
  const events = await countOf(
    pool,
    `DELETE FROM idempotency_key WHERE expires_at < now() AND (scope_id, key) IN
       (SELECT scope_id, key FROM idempotency_key WHERE event_id < $1 AND expires_at < now() ORDER BY event_id
         LIMIT ${maxAtOnce} FOR UPDATE SKIP LOCKED)`,
    [firstIdAt(new Date(Date.now() - keptMs))],
  );
  const actions = await countOf(
    pool,
    `DELETE FROM action_key WHERE expires_at < now() AND (organization_id, principal_id, key) IN
       (SELECT organization_id, principal_id, key FROM action_key WHERE expires_at < now() ORDER BY expires_at
         LIMIT ${maxAtOnce} FOR UPDATE SKIP LOCKED)`,
  );
  return events + actions + (await forgetSessions(pool));
}

async function countOf(pool: Pool, statement: string, values: readonly unknown[] = []): Promise<number> {
  return (await pool.query(statement, [...values])).rowCount ?? 0;
}
