import pg from 'pg';

/** A client's settings, and how long any of its queries may take from being asked to being answered, in milliseconds. */
interface BoundedConfig extends pg.ClientConfig {
  readonly answerTimeoutMillis?: number;
}

type Callback = (error: Error | null, result: unknown) => void;
type Query = (...given: unknown[]) => unknown;

/**
 * A connection that does not wait for ever. `statement_timeout` is PostgreSQL's own clock: one that hangs, or whose answer is
 * lost on a half-open connection, never says so. Where an answer does not come in time the connection is broken, which fails
 * everything that waits on it and keeps the pool from handing it out again; the driver's `query_timeout` would fail the one
 * query and leave the connection to the next transaction, stuck as before.
 */
export class BoundedClient extends pg.Client {
  readonly #answerTimeoutMs: number;
  #asked = 0;
  #answeredAt = performance.now();
  /** Called with the time, as `performance.now()` has it, of the question that got no answer. */
  onSilence: (askedAt: number) => void = () => {};

  constructor(config: BoundedConfig = {}) {
    super(config);
    this.#answerTimeoutMs = config.answerTimeoutMillis ?? 0;
    // The driver's type of `query` has a dozen shapes, of which a method of this class would have to repeat each.
    this.query = ((...given: unknown[]) => this.#bounded(given)) as typeof this.query;
  }

  /** Breaks the connection where nobody waits for it and nothing was heard over it since a time. */
  breakIfSilentSince(time: number): void {
    if (this.#asked === 0 && this.#answeredAt < time) this.#break();
  }

  #break(): void {
    this.connection.stream.destroy(new Error('Query read timeout'));
  }

  #ask(given: unknown[]): unknown {
    return (super.query as Query).apply(this, given);
  }

  #bounded(given: unknown[]): unknown {
    const askedAt = performance.now();
    const timer = setTimeout(() => {
      this.#break();
      this.onSilence(askedAt);
    }, this.#answerTimeoutMs);
    this.#asked++;
    const ended = () => {
      clearTimeout(timer);
      this.#asked--;
      this.#answeredAt = performance.now();
    };
    const last = given.at(-1);
    if (typeof last === 'function') {
      const answer = last as Callback;
      given[given.length - 1] = (error: Error | null, result: unknown) => {
        ended();
        answer(error, result);
      };
      return this.#ask(given);
    }
    const answered = this.#ask(given) as Promise<unknown>;
    answered.then(ended, ended);
    return answered;
  }
}

/** Has a pool throw its other idle connections away, too, once one of them is found dead: they lead to the same server. */
export function dropSilentTogether(pool: pg.Pool): void {
  const open = new Set<BoundedClient>();
  pool.on('connect', (client) => {
    if (!(client instanceof BoundedClient)) return;
    open.add(client);
    client.onSilence = (askedAt) => {
      for (const each of open) each.breakIfSilentSince(askedAt);
    };
  });
  pool.on('remove', (client) => open.delete(client as unknown as BoundedClient));
}
