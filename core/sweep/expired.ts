import type { Pool } from 'pg';
import { firstIdAt } from '../deliveries/pruneLog.ts';
import { allOf } from '../ground/allOf.ts';
import { drain } from '../ground/drain.ts';

const batchSize = 5_000;
/** How long idempotency keys are kept, in milliseconds. */
const keptMs = 24 * 3_600_000;

/** Deletes the rows of processes that ended long ago and lease nothing any more. */
export const forgetProcesses = (pool: Pool): Promise<number> =>
  countOf(
    pool,
    `DELETE FROM process p
      WHERE heartbeat_at < now() - interval '1 hour' AND NOT EXISTS (SELECT FROM delivery WHERE leased_by = p.id)`,
  );

/** How long a session that has ended is kept, to tell its browser why. Hours. */
const endedSessionHours = 72;

/** Sessions that ended a while ago. Those that were not used for too long reach their end in time as well. */
const sessionsStatement = `
  DELETE FROM session WHERE id IN
    (SELECT id FROM session WHERE expires_at < now() - interval '${endedSessionHours} hours' ORDER BY expires_at LIMIT ${batchSize})
     OR id IN (SELECT id FROM session WHERE ended_at < now() - interval '${endedSessionHours} hours' LIMIT ${batchSize})`;

/**
 * Found by the index of events: a key expires a day after its event was made, whose id begins with that time. Without that bound,
 * each batch would read the keys that have not expired as well.
 */
const eventKeysStatement = `
  DELETE FROM idempotency_key WHERE expires_at < now() AND (scope_id, key) IN
    (SELECT scope_id, key FROM idempotency_key WHERE event_id < $1 AND expires_at < now() ORDER BY event_id
      LIMIT ${batchSize} FOR UPDATE SKIP LOCKED)`;

const actionKeysStatement = `
  DELETE FROM action_key WHERE expires_at < now() AND (organization_id, principal_id, key) IN
    (SELECT organization_id, principal_id, key FROM action_key WHERE expires_at < now() ORDER BY expires_at
      LIMIT ${batchSize} FOR UPDATE SKIP LOCKED)`;

/**
 * Deletes expired idempotency keys, of events and of actions, and sessions. It skips a key that another call is reusing at this moment.
 *
 * @param atMostMs - no batch but the first of each begins after so many milliseconds; the next call continues
 * @returns how many
 */
export async function expireKeys(pool: Pool, atMostMs: number): Promise<number> {
  const all = (statement: string, values: readonly unknown[] = []) =>
    drain(() => countOf(pool, statement, values), batchSize, atMostMs);
  const counts = await allOf([
    all(eventKeysStatement, [firstIdAt(new Date(Date.now() - keptMs))]),
    all(actionKeysStatement),
    all(sessionsStatement),
  ]);
  return counts.reduce((sum, count) => sum + count, 0);
}

async function countOf(pool: Pool, statement: string, values: readonly unknown[] = []): Promise<number> {
  return (await pool.query(statement, [...values])).rowCount ?? 0;
}
