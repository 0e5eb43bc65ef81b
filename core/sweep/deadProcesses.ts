import type { Pool } from 'pg';
import { deadAfterMs, heartbeatEveryMs } from '../deliveries/heartbeat.ts';

/** How to watch a process that seems dead. */
export interface Watch {
  /** Number of polls after the first one. */
  readonly polls: number;
  /** Between two polls, in milliseconds. */
  readonly everyMs: number;
}

const defaultWatch: Watch = { polls: 3, everyMs: 2_500 };
/** A process is watched after this silence, early enough that it is found dead soon after `deadAfterMs`. Milliseconds. */
const suspectAfterMs = 2 * heartbeatEveryMs;
/** After a poll that took longer, the database is too slow to conclude anything: heartbeats may be late. Milliseconds. */
const slowPollMs = 1_000;

/** A process that leases deliveries and sends no heartbeats. */
export interface SilentProcess {
  readonly id: string;
  /** As PostgreSQL writes it, with full precision; null if the process has no row any more. */
  readonly lastBeat: string | null;
  readonly silentMs: number;
}

/**
 * Finds dead processes that still lease deliveries. Silence by the database's clock alone proves nothing: while the database was
 * away, hung or starting, no heartbeat could arrive, and a living process sends its next one only some time after. So silent
 * processes are polled repeatedly while the database answers, for longer than a living process needs to send a heartbeat.
 */
export async function deadProcesses(pool: Pool, { polls, everyMs }: Watch = defaultWatch): Promise<SilentProcess[]> {
  let silent = await silentProcesses(pool);
  for (let poll = 0; poll < polls && silent.some(({ lastBeat }) => lastBeat !== null); poll++) {
    await new Promise((resolve) => setTimeout(resolve, everyMs));
    // The time to get a connection from a busy pool says nothing about the database, so it does not count.
    const client = await pool.connect();
    const beganAt = performance.now();
    const now = new Map((await silentProcesses(client).finally(() => client.release())).map((each) => [each.id, each]));
    if (performance.now() - beganAt > slowPollMs) return [];
    silent = silent.flatMap(({ id, lastBeat }) => {
      const still = now.get(id);
      return still && still.lastBeat === lastBeat ? [still] : [];
    });
  }
  return silent.filter(({ lastBeat, silentMs }) => lastBeat === null || silentMs > deadAfterMs);
}

async function silentProcesses(pool: Pick<Pool, 'query'>): Promise<SilentProcess[]> {
  const { rows } = await pool.query<{ id: string; last_beat: string | null; silent_ms: number }>(
    `SELECT h.id, p.heartbeat_at::text AS last_beat, coalesce(extract(epoch FROM now() - p.heartbeat_at) * 1000, 0)::float AS silent_ms
       FROM (SELECT DISTINCT leased_by AS id FROM delivery WHERE leased_by IS NOT NULL) h
       LEFT JOIN process p ON p.id = h.id
      WHERE p.id IS NULL OR p.heartbeat_at < now() - $1 * interval '1 millisecond'`,
    [suspectAfterMs],
  );
  return rows.map((row) => ({ id: row.id, lastBeat: row.last_beat, silentMs: row.silent_ms }));
}
