import { NotFoundError } from './errors.ts';
import {
  EraseEventsDocument,
  type EraseEventsInput,
  ErasureDocument,
  type ErasureFieldsFragment,
  ErasureProgressDocument,
  ErasuresDocument,
} from './generated/operations.ts';
import { newKey } from './http/newKey.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import { Listing } from './listing.ts';
import { type LiveOptions, Watch, type WatchSource } from './live/watch.ts';
import { type Labels, labelList } from './publishing/labels.ts';
import type { WithTimes } from './times.ts';

/** Takes the content of events away; afterwards its receipt: who, when and how many, and nothing of the content. */
export type Erasure = WithTimes<ErasureFieldsFragment>;

/** The states of an erasure, from the present one until it has finished. Created by `erasures.watch`. */
export type ErasureWatch = Watch<Erasure>;

/** Which events to erase: either `ids` or `labels`. */
export interface ErasureToStart {
  /** Events of this project. @default the project of the API key, or its whole organization */
  readonly projectId?: string | undefined;
  /** Events of this organization and of all its projects. */
  readonly organizationId?: string | undefined;
  /** 1 to 1,000 events. */
  readonly ids?: readonly string[] | undefined;
  /** Events that have all of these labels: `{ customer: 'c_42' }`. */
  readonly labels?: Labels | undefined;
  /** A call with a key that was used in the last 24 hours starts no second erasure. @default a random one for this call */
  readonly idempotencyKey?: string | undefined;
}

export interface ErasureFilter extends CallOptions {
  readonly organizationId?: string | undefined;
  readonly projectId?: string | undefined;
}

/** Erasures: take the content of events away, for good. Needs the permission EVENT_ERASE. */
export class Erasures {
  readonly #transport: Transport;
  readonly #live: LiveOptions;

  constructor(transport: Transport, live: LiveOptions) {
    this.#transport = transport;
    this.#live = live;
  }

  /**
   * Begins to erase: data, labels, idempotency keys, and what receivers answered. Deliveries that wait are cancelled. It cannot be
   * stopped or undone; `watch` tells how far it is.
   *
   * @throws NotFoundError where one of the ids is no event of the scope; nothing is erased then
   */
  async start(erasure: ErasureToStart, options: CallOptions = {}): Promise<Erasure> {
    const { projectId, organizationId, ids, labels, idempotencyKey = newKey() } = erasure;
    const input: EraseEventsInput = {
      ...(projectId === undefined ? {} : { projectId }),
      ...(organizationId === undefined ? {} : { organizationId }),
      ...(ids === undefined ? {} : { ids: [...ids] }),
      ...(labels === undefined ? {} : { labels: labelList(labels, 'labels') }),
      idempotencyKey,
    };
    const repeatable = 'always';
    const data = await this.#transport.mutate(EraseEventsDocument, { input }, { ...options, repeatable });
    return data.eraseEvents.erasure;
  }

  /** @throws NotFoundError */
  async get(id: string, options?: CallOptions): Promise<Erasure> {
    const { erasure } = await this.#transport.query(ErasureDocument, { id }, options);
    if (!erasure) throw new NotFoundError('There is no such erasure.', { field: 'id' });
    return erasure;
  }

  /** Erasures, newest first. */
  list({ signal, ...filter }: ErasureFilter = {}): Listing<Erasure> {
    return new Listing(
      async (page, ending) =>
        (await this.#transport.query(ErasuresDocument, { ...filter, ...page }, { signal: ending })).erasures,
      signal,
    );
  }

  /** Its states from the present one on; it reconnects by itself. The loop ends when the erasure has finished. */
  watch(id: string, options: CallOptions = {}): ErasureWatch {
    const source: WatchSource<Erasure> = {
      subscription: ErasureProgressDocument,
      variables: { id },
      // Each connection begins with the present state.
      cursorOfNow: async () => undefined,
      isLast: ({ state }) => state !== 'RUNNING',
    };
    return new Watch(this.#transport, this.#live, source, options);
  }
}
