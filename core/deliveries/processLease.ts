import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { newId } from '../ground/newId.ts';
import { deadAfterMs, heartbeatEveryMs, repeatHeartbeat, showAlive, showEnded } from './heartbeat.ts';

/**
 * After this long every live process knows of a new one, and the requests that it sent before have ended: a process whose
 * heartbeat fails loses its claim, and no request takes longer than a minute. Milliseconds.
 */
const settledAfterMs = deadAfterMs - heartbeatEveryMs + 60_000;

/**
 * A process's claim on the deliveries that it leased. While its heartbeat is fresh no other process touches them. A process
 * that cannot reach the database must stop sending before the sweep takes them over.
 */
export class ProcessLease {
  readonly id = newId();
  readonly #pool: Pool;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | null = null;
  readonly #settledAfterMs: number;
  #beatAt = 0;
  /** Live API processes, including this one. */
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
   * This process's share of a limit for all API processes, rounded down. It is 0 while others may not know of this process yet:
   * deliveries without room here go to their workflows.
   */
  shareOf(limit: number): number {
    return performance.now() < this.#settledAt ? 0 : Math.floor(limit / this.#living);
  }

  async start(): Promise<void> {
    await this.#join();
    this.#timer = repeatHeartbeat(() => this.#beat(), this.#log);
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await showEnded(this.#pool, this.id);
  }

  /** The first heartbeat, one process at a time: if two start together, one of them knows of the other. */
  async #join(): Promise<void> {
    const client = await this.#pool.connect();
    try {
      await client.query('BEGIN; LOCK TABLE process IN SHARE ROW EXCLUSIVE MODE');
      await this.#beat(client);
      await client.query('COMMIT');
    } catch (error) {
      // Nobody else may get a connection in a failed transaction.
      client.release(true);
      throw error;
    }
    client.release();
    this.#settledAt = performance.now() + (this.#living === 1 ? 0 : this.#settledAfterMs);
  }

  async #beat(connection: Pick<Pool, 'query'> = this.#pool): Promise<void> {
    const at = performance.now();
    await showAlive(connection, this.id, 'api');
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
