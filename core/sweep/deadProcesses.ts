import type { Pool } from 'pg';
import { deadAfterMs, heartbeatEveryMs } from '../deliveries/processLease.ts';

/** How a process that seems dead is watched. */
export interface Watch {
  /** How often it is looked at after the first time. */
  readonly looks: number;
  /** Between two looks, in milliseconds. */
  readonly everyMs: number;
}

const usual: Watch = { looks: 3, everyMs: 2_500 };
/** A process is watched from this silence on, so that it is known for dead not long after it may be taken for that. Milliseconds. */
const suspectAfterMs = 2 * heartbeatEveryMs;
/** A look that takes longer shows a database that does not answer as it should: then nobody could have been heard. Milliseconds. */
const slowLookMs = 1_000;

/** A process that leased deliveries and is silent. */
export interface Silent {
  readonly id: string;
  /** As PostgreSQL writes it, to the last digit; null where it has no row any more. */
  readonly lastBeat: string | null;
  readonly silentMs: number;
}

/**
 * Processes that have leased deliveries and are dead. Silence on the database's clock alone does not show it: while the
 * database was away, hung or starting, nobody could be heard, and who lives says so only some time after it is back. So who is
 * silent is looked at again and again while the database answers, for longer than anybody who lives needs to be heard.
 */
export async function deadProcesses(pool: Pool, { looks, everyMs }: Watch = usual): Promise<Silent[]> {
  let silent = await silentProcesses(pool);
  for (let look = 0; look < looks && silent.some(({ lastBeat }) => lastBeat !== null); look++) {
    await new Promise((resolve) => setTimeout(resolve, everyMs));
    // To wait for a connection of a pool that is busy says nothing of the database.
    const client = await pool.connect();
    const beganAt = performance.now();
    const now = new Map((await silentProcesses(client).finally(() => client.release())).map((each) => [each.id, each]));
    if (performance.now() - beganAt > slowLookMs) return [];
    silent = silent.flatMap(({ id, lastBeat }) => {
      const still = now.get(id);
      return still && still.lastBeat === lastBeat ? [still] : [];
    });
  }
  return silent.filter(({ lastBeat, silentMs }) => lastBeat === null || silentMs > deadAfterMs);
}

async function silentProcesses(pool: Pick<Pool, 'query'>): Promise<Silent[]> {
  const { rows } = await pool.query<{ id: string; last_beat: string | null; silent_ms: number }>(
    `SELECT h.id, p.heartbeat_at::text AS last_beat, coalesce(extract(epoch FROM now() - p.heartbeat_at) * 1000, 0)::float AS silent_ms
       FROM (SELECT DISTINCT leased_by AS id FROM delivery WHERE leased_by IS NOT NULL) h
       LEFT JOIN process p ON p.id = h.id
      WHERE p.id IS NULL OR p.heartbeat_at < now() - $1 * interval '1 millisecond'`,
    [suspectAfterMs],
  );
  return rows.map((row) => ({ id: row.id, lastBeat: row.last_beat, silentMs: row.silent_ms }));
}
