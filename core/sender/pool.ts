import { Connection, type Dispatchable } from './connection.ts';
import type { Dialer, Endpoint } from './dial.ts';

/**
 * The connections to one origin. Exchanges beyond `limit` wait in order; one that expires while it waits leaves the queue.
 * The most recently used connection is taken first, so that a quiet origin keeps few open.
 */
export class Pool {
  readonly #origin: string;
  readonly #endpoint: Endpoint;
  readonly #dialer: Dialer;
  readonly #limit: number;
  readonly #onEmpty: () => void;
  readonly #open = new Set<Connection>();
  readonly #idle: Connection[] = [];
  readonly #waiting = new Set<Dispatchable>();

  constructor(origin: string, endpoint: Endpoint, dialer: Dialer, limit: number, onEmpty: () => void) {
    this.#origin = origin;
    this.#endpoint = endpoint;
    this.#dialer = dialer;
    this.#limit = limit;
    this.#onEmpty = onEmpty;
  }

  run(exchange: Dispatchable): void {
    const connection = this.#idle.pop() ?? this.#dial();
    if (connection) connection.dispatch(exchange);
    else this.#waiting.add(exchange);
  }

  /** An exchange ended and its connection can be used again. */
  release(connection: Connection): void {
    connection.markIdle();
    const next = this.#next();
    if (next) connection.dispatch(next);
    else this.#idle.push(connection);
  }

  /** An exchange ended and its connection cannot be used again. */
  discard(connection: Connection): void {
    connection.destroy();
    this.#remove(connection);
  }

  /** An exchange ended before it had a connection. */
  removeWaiting(exchange: Dispatchable): void {
    this.#waiting.delete(exchange);
  }

  destroy(): void {
    for (const connection of this.#open) connection.destroy();
    this.#open.clear();
    this.#idle.length = 0;
  }

  #dial(): Connection | undefined {
    if (this.#open.size >= this.#limit) return undefined;
    const connection = new Connection(this.#origin, this.#endpoint, this.#dialer, (closed) => this.discard(closed));
    this.#open.add(connection);
    return connection;
  }

  #remove(connection: Connection): void {
    if (!this.#open.delete(connection)) return;
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    const next = this.#next();
    if (next) this.run(next);
    else if (this.#open.size === 0) this.#onEmpty();
  }

  #next(): Dispatchable | undefined {
    const [next] = this.#waiting;
    if (next) this.#waiting.delete(next);
    return next;
  }
}
