import type { TypedDocumentString } from '../generated/operations.ts';
import { exchange, type HttpOptions } from './connection.ts';
import { type Repeatable, withRetries } from './retry.ts';

/** Options of every call. */
export interface CallOptions {
  /** Cancels the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Sends operations to the API, with retries where they do no harm. */
export class Transport {
  readonly http: HttpOptions;
  readonly retries: number;

  constructor(http: HttpOptions, retries: number) {
    this.http = http;
    this.retries = retries;
  }

  /** A query: it changes nothing. */
  query<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: NoInfer<Variables>,
    options?: CallOptions,
  ): Promise<Result> {
    return this.#send(document, variables, 'always', options);
  }

  /** A mutation: it is not repeated after a lost answer unless `repeatable` allows it. */
  mutate<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: NoInfer<Variables>,
    options?: CallOptions & { readonly repeatable?: Repeatable },
  ): Promise<Result> {
    return this.#send(document, variables, options?.repeatable ?? 'if refused', options);
  }

  async #send<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
    repeatable: Repeatable,
    { signal }: CallOptions = {},
  ): Promise<Result> {
    const body = JSON.stringify({ query: document.toString(), variables });
    const attempt = () => exchange(this.http, body, signal) as Promise<Result>;
    return withRetries(attempt, { retries: this.retries, repeatable, signal });
  }
}
