import pg from 'pg';

/** A client's settings, and the time limit of each query from sending it to its answer, in milliseconds. */
interface BoundedConfig extends pg.ClientConfig {
  readonly answerTimeoutMillis?: number;
}

type Callback = (error: Error | null, result: unknown) => void;
type Query = (...given: unknown[]) => unknown;

/**
 * A connection that does not wait for ever. PostgreSQL itself measures `statement_timeout`, which does not help when the server
 * hangs or the connection is half-open. This client breaks the connection when an answer does not come in time: that fails all
 * queries that wait on it, and the pool does not hand it out again. The driver's `query_timeout` would fail one query only, and
 * leave the stuck connection to the next transaction.
 */
export class BoundedClient extends pg.Client {
  readonly #answerTimeoutMs: number;
  #pending = 0;
  #lastAnswerAt = performance.now();
  /** Called with the time at which the unanswered query was sent, in the milliseconds of `performance.now()`. */
  onTimeout: (sentAt: number) => void = () => {};

  constructor(config: BoundedConfig = {}) {
    super(config);
    this.#answerTimeoutMs = config.answerTimeoutMillis ?? 0;
    // The driver's `query` has a dozen overloads, and a method of this class would have to repeat each of them.
    this.query = ((...given: unknown[]) => this.#bounded(given)) as typeof this.query;
  }

  /** Breaks the connection if no query waits on it and no answer has come since the given time. */
  breakIfIdleSince(time: number): void {
    if (this.#pending === 0 && this.#lastAnswerAt < time) this.#break();
  }

  #break(): void {
    this.connection.stream.destroy(new Error('Query read timeout'));
  }

  #send(given: unknown[]): unknown {
    return (super.query as Query).apply(this, given);
  }

  #bounded(given: unknown[]): unknown {
    const sentAt = performance.now();
    const timer = setTimeout(() => {
      this.#break();
      this.onTimeout(sentAt);
    }, this.#answerTimeoutMs);
    this.#pending++;
    const ended = () => {
      clearTimeout(timer);
      this.#pending--;
      this.#lastAnswerAt = performance.now();
    };
    const last = given.at(-1);
    if (typeof last === 'function') {
      const answer = last as Callback;
      given[given.length - 1] = (error: Error | null, result: unknown) => {
        ended();
        answer(error, result);
      };
      return this.#send(given);
    }
    const answered = this.#send(given) as Promise<unknown>;
    answered.then(ended, ended);
    return answered;
  }
}

/** Makes a pool drop its other idle connections, too, once one of them is found dead: they lead to the same server. */
export function dropIdleAfterTimeout(pool: pg.Pool): void {
  const open = new Set<BoundedClient>();
  pool.on('connect', (client) => {
    if (!(client instanceof BoundedClient)) return;
    open.add(client);
    client.onTimeout = (sentAt) => {
      for (const each of open) each.breakIfIdleSince(sentAt);
    };
  });
  pool.on('remove', (client) => open.delete(client as unknown as BoundedClient));
}
