import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { v7 } from 'uuid';

/** How often a process says that it lives, and after how long a silence the sweep takes it for dead. Milliseconds. */
export const heartbeatEveryMs = 2_000;
export const deadAfterMs = 10_000;

/**
 * A process's claim on the deliveries that it leased. While its heartbeat is fresh nobody else touches them; a process that
 * cannot reach the database must itself stop sending before the sweep takes them over.
 */
export class ProcessLease {
  readonly id = v7();
  readonly #pool: Pool;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | null = null;
  #beatAt = 0;

  constructor(pool: Pool, log: Logger) {
    this.#pool = pool;
    this.#log = log;
  }

  /** Whether this process still owns what it leased. */
  get valid(): boolean {
    return performance.now() - this.#beatAt < deadAfterMs - heartbeatEveryMs;
  }

  async start(): Promise<void> {
    await this.#beat();
    this.#timer = setInterval(() => {
      this.#beat().catch((error) => this.#log.warn({ err: error }, 'the heartbeat did not reach the database'));
    }, heartbeatEveryMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#pool.query('DELETE FROM process WHERE id = $1', [this.id]);
  }

  async #beat(): Promise<void> {
    const at = performance.now();
    await this.#pool.query({
      name: 'heartbeat',
      text: `INSERT INTO process (id, kind) VALUES ($1, 'api') ON CONFLICT (id) DO UPDATE SET heartbeat_at = now()`,
      values: [this.id],
    });
    this.#beatAt = at;
  }
}
