import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { newId } from '../ground/newId.ts';

/** How often a process says that it lives, and after how long a silence the sweep takes it for dead. Milliseconds. */
export const heartbeatEveryMs = 2_000;
export const deadAfterMs = 10_000;

/**
 * After so long every process that lives knows of a new one, and what it sent before it knew has ended: others must hear of it
 * before they lose their claim, and no request takes longer than a minute. Milliseconds.
 */
const settledAfterMs = deadAfterMs - heartbeatEveryMs + 60_000;

/**
 * A process's claim on the deliveries that it leased. While its heartbeat is fresh nobody else touches them; a process that
 * cannot reach the database must itself stop sending before the sweep takes them over.
 */
export class ProcessLease {
  readonly id = newId();
  readonly #pool: Pool;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | null = null;
  readonly #settledAfterMs: number;
  #beatAt = 0;
  /** API processes that live, this one among them. */
  #living = 1;
  #settledAt = Number.POSITIVE_INFINITY;

  constructor(pool: Pool, log: Logger, settleMs = settledAfterMs) {
    this.#pool = pool;
    this.#log = log;
    this.#settledAfterMs = settleMs;
  }

  /** Whether this process still owns what it leased. */
  get valid(): boolean {
    return performance.now() - this.#beatAt < deadAfterMs - heartbeatEveryMs;
  }

  /**
   * This process's part of what all API processes may have under way together. It is rounded down, and nothing while others
   * may not know of this one yet: what has no room here goes by its workflow.
   */
  shareOf(limit: number): number {
    return performance.now() < this.#settledAt ? 0 : Math.floor(limit / this.#living);
  }

  async start(): Promise<void> {
    await this.#join();
    this.#timer = setInterval(() => {
      this.#beat().catch((error) => this.#log.warn({ err: error }, 'the heartbeat did not reach the database'));
    }, heartbeatEveryMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#pool.query('DELETE FROM process WHERE id = $1', [this.id]);
  }

  /** The first beat, one process at a time: of two that start at once, one knows of the other. */
  async #join(): Promise<void> {
    const client = await this.#pool.connect();
    try {
      await client.query('BEGIN; LOCK TABLE process IN SHARE ROW EXCLUSIVE MODE');
      await this.#beat(client);
      await client.query('COMMIT');
    } finally {
      client.release();
    }
    this.#settledAt = performance.now() + (this.#living === 1 ? 0 : this.#settledAfterMs);
  }

  async #beat(connection: Pick<Pool, 'query'> = this.#pool): Promise<void> {
    const at = performance.now();
    await connection.query({
      name: 'heartbeat',
      text: `INSERT INTO process (id, kind) VALUES ($1, 'api') ON CONFLICT (id) DO UPDATE SET heartbeat_at = now()`,
      values: [this.id],
    });
    const { rows } = await connection.query<{ living: number }>({
      name: 'living',
      text: `SELECT count(*)::int AS living FROM process
              WHERE kind = 'api' AND heartbeat_at > now() - $1 * interval '1 millisecond'`,
      values: [deadAfterMs],
    });
    this.#living = Math.max(1, rows[0]?.living ?? 1);
    this.#beatAt = at;
  }
}
