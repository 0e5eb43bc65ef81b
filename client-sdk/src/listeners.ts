import { type ErrorCode, EverhookError, NotFoundError } from './errors.ts';
import {
  AnswerListenedRequestDocument,
  type AnswerListenedRequestInput,
  CreateListenerDocument,
  type CreateListenerInput,
  DeleteWebhookDocument,
  ListenedRequestsDocument,
  type ListenedRequestsSubscription,
} from './generated/operations.ts';
import { persist } from './http/retry.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import { type LiveOptions, Watch, type WatchOptions, type WatchSource } from './live/watch.ts';
import type { WithTimes } from './times.ts';
import type { Webhook } from './webhooks.ts';

/** What to listen to. */
export type ListenerToCreate = CreateListenerInput;

export interface CreatedListener {
  /** A webhook that lives as long as somebody takes its requests, and a minute more. */
  readonly listener: Webhook;
  /** Signs its requests, for `verify`. Shown only here. Null where the profile has none. */
  readonly secret: string | null;
}

/** A request as an ordinary webhook would get it. Send `body` as UTF-8 with `headers`, and its signature fits. */
export type ListenedRequest = WithTimes<ListenedRequestsSubscription['listenedRequests']>;

/** The requests of a listener. Created by `listeners.requests`. */
export type RequestWatch = Watch<ListenedRequest>;

/** What your own server said: a status with what belongs to it, or why there was no answer. */
export type ListenerAnswer = Omit<AnswerListenedRequestInput, 'listenerId' | 'receipt'>;

export interface ServeOptions extends Omit<WatchOptions, 'after'> {
  /** Called with each request whose answer was recorded, with what was recorded, and with the status of its delivery. */
  readonly onAnswered?: ((request: ListenedRequest, answer: ListenerAnswer, status: string) => void) | undefined;
  /**
   * Called where an answer could not be recorded for good, or not before the end. After a new connection the request comes again, unless
   * its delivery has ended.
   */
  readonly onLost?: ((request: ListenedRequest, error: EverhookError) => void) | undefined;
}

/** The service took the call, but not this answer; whatever is wrong with it, another answer may do. */
const refusals: ReadonlySet<ErrorCode> = new Set(['VALIDATION_FAILED', 'LIMIT_EXCEEDED', 'INTERNAL']);
/** The service takes no longer duration, in milliseconds. */
const maxDurationMs = 600_000;

/**
 * Listeners: webhooks whose requests come to this client, for a developer's own machine. They need no tunnel, count in no health and no
 * statistics, and vanish a minute after their client.
 */
export class Listeners {
  readonly #transport: Transport;
  readonly #live: LiveOptions;

  constructor(transport: Transport, live: LiveOptions) {
    this.#transport = transport;
    this.#live = live;
  }

  /** Makes a listener. Take its requests within a minute. Needs WEBHOOK_MANAGE. */
  async create(input: ListenerToCreate, options?: CallOptions): Promise<CreatedListener> {
    return (await this.#transport.mutate(CreateListenerDocument, { input }, options)).createListener;
  }

  /**
   * The requests of a listener, in the order of events; it reconnects by itself. After a lost connection, those that were not
   * answered come again, with the same `id`. At most 32 wait for their answers.
   *
   * @throws NotFoundError when the listener is gone, ConflictError when a newer watch has taken it over
   */
  requests(listenerId: string, options: Omit<WatchOptions, 'after'> = {}): RequestWatch {
    const source: WatchSource<ListenedRequest> = {
      subscription: ListenedRequestsDocument,
      variables: { listenerId },
      // What waits is kept by the server until it is answered.
      cursorOfNow: async () => undefined,
      everyState: true,
    };
    return new Watch(this.#transport, this.#live, source, options);
  }

  /** Records what your server said. The delivery then has ended. @returns its status */
  async answer(
    listenerId: string,
    { receipt }: Pick<ListenedRequest, 'receipt'>,
    answer: ListenerAnswer,
    options?: CallOptions,
  ): Promise<string> {
    const input = { ...answer, listenerId, receipt };
    // A second answer to the same request changes nothing.
    const repeatable = 'always';
    const { answerListenedRequest } = await this.#transport.mutate(
      AnswerListenedRequestDocument,
      { input },
      { ...options, repeatable },
    );
    return answerListenedRequest.delivery.status;
  }

  /**
   * Hands each request to a function and records its answer, several at a time, until the signal aborts. A request that comes again
   * while it is in hand is not handled twice.
   *
   * No more requests come while 32 have no recorded answer. So recording is repeated while the service cannot be reached, and an answer
   * that the service refuses is recorded as INVALID_RESPONSE, with the reason: a status that is none of HTTP, for example.
   *
   * @param handle - should not throw: an exception is recorded as a failure to connect
   * @throws what a callback or the key's function throws, after which it ends; NotFoundError when the listener is gone, ConflictError when a newer watch has taken it over
   */
  async serve(
    listenerId: string,
    handle: (request: ListenedRequest) => Promise<ListenerAnswer>,
    { onAnswered, onLost, ...options }: ServeOptions = {},
  ): Promise<void> {
    // A signal for each: that many listeners of one would be taken for a leak.
    const inHand = new Map<string, { readonly done: Promise<void>; readonly ending: AbortController }>();
    const one = async (request: ListenedRequest, ended: AbortSignal) => {
      const beganAt = performance.now();
      const failed = (failure: 'CONNECT_ERROR' | 'INVALID_RESPONSE', error: string): ListenerAnswer => ({
        failure,
        error,
        duration: Math.min(maxDurationMs, Math.round(performance.now() - beganAt)),
      });
      const record = (answer: ListenerAnswer) => persist(() => this.answer(listenerId, request, answer), ended);
      try {
        // Within a function, so that what is thrown before the promise is caught as well.
        let answer = await (async () => handle(request))().catch((error: unknown) =>
          failed('CONNECT_ERROR', error instanceof Error ? error.message : String(error)),
        );
        const status = await record(answer).catch((error: unknown) => {
          if (!(error instanceof EverhookError) || !refusals.has(error.code)) throw error;
          answer = failed('INVALID_RESPONSE', `The answer could not be recorded: ${error.message}`);
          return record(answer);
        });
        onAnswered?.(request, answer, status);
      } catch (error) {
        if (error instanceof EverhookError) onLost?.(request, error);
        else throw error;
      }
    };
    const requests = this.requests(listenerId, options);
    let failure: { readonly error: unknown } | undefined;
    const fail = (error: unknown) => {
      failure ??= { error };
      void requests.return();
    };
    try {
      for await (const request of requests) {
        if (inHand.has(request.id)) continue;
        const ending = new AbortController();
        const done = one(request, ending.signal)
          .catch(fail)
          .finally(() => inHand.delete(request.id));
        inHand.set(request.id, { done, ending });
      }
    } finally {
      for (const { ending } of inHand.values()) ending.abort();
    }
    await Promise.all([...inHand.values()].map(({ done }) => done));
    if (failure !== undefined) throw failure.error;
  }

  /** Ends a listener at once. One that is gone already is no error. */
  async end(listenerId: string, options?: CallOptions): Promise<void> {
    try {
      await this.#transport.mutate(DeleteWebhookDocument, { id: listenerId }, options);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
  }
}
