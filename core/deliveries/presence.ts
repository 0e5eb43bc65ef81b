import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { rest } from '../ground/batchLimits.ts';
import { newId } from '../ground/newId.ts';
import { deadAfterMs, heartbeatEveryMs, repeatHeartbeat, showAlive, showEnded } from './heartbeat.ts';

/**
 * Shows in the database that a worker lives. Who takes over its work knows by this whether its requests may still be open, though
 * Temporal does not hear it.
 */
export class Presence {
  readonly id = newId();
  readonly #pool: Pool;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | null = null;

  constructor(pool: Pool, log: Logger) {
    this.#pool = pool;
    this.#log = log;
  }

  async start(): Promise<void> {
    await this.#beat();
    this.#timer = repeatHeartbeat(() => this.#beat(), this.#log);
  }

  /** Says that the worker has ended in order: none of its requests is open. */
  async close(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await showEnded(this.#pool, this.id);
  }

  async #beat(): Promise<void> {
    await showAlive(this.#pool, this.id, 'worker');
  }
}

/** How to watch a worker that seems dead, in milliseconds. */
export interface PresenceWatch {
  readonly everyMs: number;
  /** A heartbeat that does not move for so long, while the database answers, is none. */
  readonly stillMs: number;
}

const defaultWatch: PresenceWatch = { everyMs: 1_000, stillMs: 2.5 * heartbeatEveryMs };

/**
 * Waits until no request can be open any more that the former holder of some work has begun: because the longest is over, or
 * because it has ended or is dead. As for leases, silence counts only while the database answers, for longer than a living process
 * needs to be heard.
 *
 * @param holder - its presence's id; null if it is not known
 * @param longestMs - the longest that one of its requests may take from now
 * @param onProgress - called before every look
 */
export async function formerEnded(
  pool: Pool,
  holder: string | null,
  longestMs: number,
  { onProgress, signal }: { readonly onProgress: () => void; readonly signal: AbortSignal },
  { everyMs, stillMs }: PresenceWatch = defaultWatch,
): Promise<void> {
  const beganAt = performance.now();
  let beat: string | null = null;
  let seenAt = beganAt;
  for (let left = longestMs; left > 0 && !signal.aborted; left = longestMs - (performance.now() - beganAt)) {
    onProgress();
    if (holder !== null) {
      const askedAt = performance.now();
      const { rows } = await pool.query<{ beat: string; old: boolean }>({
        name: 'presence',
        text: `SELECT heartbeat_at::text AS beat, heartbeat_at < now() - $2 * interval '1 millisecond' AS old
                 FROM process WHERE id = $1`,
        values: [holder, deadAfterMs],
      });
      const [row] = rows;
      if (!row) return;
      if (row.beat !== beat || performance.now() - askedAt > everyMs) seenAt = performance.now();
      else if (row.old && performance.now() - seenAt >= stillMs) return;
      beat = row.beat;
    }
    await rest(Math.min(everyMs, left), signal);
  }
}
