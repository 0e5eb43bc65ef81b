import { EverhookError } from '../errors.ts';
import type { TypedDocumentString } from '../generated/operations.ts';
import { stringify } from '../json/jsonText.ts';
import { addTimes, type WithTimes } from '../times.ts';
import { exchange, type HttpOptions } from './connection.ts';
import { type Repeatable, withRetries } from './retry.ts';
import { variablesOf } from './variables.ts';

/** Options of every call. */
export interface CallOptions {
  /** Cancels the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Sends operations to the API, with retries where they do no harm. */
export class Transport {
  readonly http: HttpOptions;
  readonly retries: number;
  readonly #closing = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(http: HttpOptions, retries: number) {
    this.http = http;
    this.retries = retries;
  }

  /** A query: it changes nothing. */
  async query<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: NoInfer<Variables>,
    options?: CallOptions,
  ): Promise<WithTimes<Result>> {
    return addTimes<Result>(
      (await this.send(document, variablesOf(document, variables as object) as Variables, 'always', options)) as Result,
    );
  }

  /** A mutation: it is not repeated after a lost answer unless `repeatable` allows it. */
  async mutate<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: NoInfer<Variables>,
    options?: CallOptions & { readonly repeatable?: Repeatable },
  ): Promise<WithTimes<Result>> {
    const repeatable = options?.repeatable ?? 'if refused';
    return addTimes<Result>(
      (await this.send(
        document,
        variablesOf(document, variables as object) as Variables,
        repeatable,
        options,
      )) as Result,
    );
  }

  /** Aborts when the client is closed: watches end then. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Refuses further calls. Resolves when those under way have ended. */
  async close(): Promise<void> {
    this.#closing.abort();
    while (this.#underWay.size > 0) await Promise.allSettled([...this.#underWay]);
  }

  /** A call that `close` waits for. @throws EverhookError CLOSED */
  call<Result>(begin: () => Promise<Result>): Promise<Result> {
    if (this.closing.aborted) return Promise.reject(closedError());
    const calling = begin();
    this.#underWay.add(calling);
    const over = () => void this.#underWay.delete(calling);
    calling.then(over, over);
    return calling;
  }

  /** Any operation, as it is. */
  async send<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
    repeatable: Repeatable,
    { signal }: CallOptions = {},
  ): Promise<Result> {
    const body = stringify({ query: document.toString(), variables });
    const attempt = () => exchange(this.http, body, signal) as Promise<Result>;
    return this.call(() => withRetries(attempt, { retries: this.retries, repeatable, signal }));
  }
}

export const closedError = (): EverhookError =>
  new EverhookError('CLOSED', 'This client was closed. Make another one.');
