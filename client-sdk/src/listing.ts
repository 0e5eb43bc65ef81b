import type { PageFieldsFragment } from './generated/operations.ts';
import { Items } from './items.ts';

/** A page of a list: forwards by `first` and `after`, backwards by `last` and `before`. At most 100 items. */
export interface PageRequest {
  readonly first?: number | undefined;
  readonly after?: string | undefined;
  readonly last?: number | undefined;
  readonly before?: string | undefined;
}

/** A page of a list, with the cursors of its ends. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly pageInfo: PageFieldsFragment;
  /**
   * Set where the page ends early, because looking further would have taken too long: until this time everything was looked at.
   * The next page goes on from there; iterating does so by itself.
   */
  readonly searchedUntil?: string | null | undefined;
}

/** A list as the API returns it. */
interface Connection<Item> {
  readonly edges: ReadonlyArray<{ readonly node: Item }>;
  readonly pageInfo: PageFieldsFragment;
  readonly searchedUntil?: string | null | undefined;
}

/** Reads one page; the signal ends the request. */
type ReadPage<Item> = (request: PageRequest, signal: AbortSignal | undefined) => Promise<Connection<Item>>;

const maxPage = 100;

/** A list that is read page by page during iteration. `page` reads a single page. */
export class Listing<Item> extends Items<Item> {
  readonly #read: ReadPage<Item>;
  readonly #signal: AbortSignal | undefined;

  constructor(read: ReadPage<Item>, signal?: AbortSignal | undefined) {
    super();
    this.#read = read;
    this.#signal = signal;
  }

  /** One page. @default the first 50 */
  page(request: PageRequest = { first: 50 }): Promise<Page<Item>> {
    return this.#page(request, this.#signal);
  }

  /** Every item. The next page is read when the one before it is used up. */
  [Symbol.asyncIterator](): AsyncIterator<Item, undefined> {
    return this.iterate(Number.POSITIVE_INFINITY);
  }

  protected override iterate(atMost: number): AsyncIterator<Item, undefined> {
    const ending = new AbortController();
    const { signal } = ending;
    const abort = () => ending.abort(this.#signal?.reason);
    if (this.#signal?.aborted) abort();
    else this.#signal?.addEventListener('abort', abort, { once: true });
    const forget = () => this.#signal?.removeEventListener('abort', abort);
    const items = this.#items(atMost, signal, forget);
    let left = false;
    const done = { done: true, value: undefined } as const;
    return {
      next: async () => {
        if (left) return done;
        try {
          return await items.next();
        } catch (error) {
          // The request was ended by `return`, which the reader of this item did itself.
          if (left) return done;
          throw error;
        }
      },
      return: async () => {
        left = true;
        ending.abort();
        forget();
        await items.return(undefined).catch(() => {});
        return done;
      },
    };
  }

  async *#items(atMost: number, signal: AbortSignal, forget: () => void): AsyncGenerator<Item, undefined, undefined> {
    try {
      let left = atMost;
      let after: string | undefined;
      do {
        const { items, pageInfo } = await this.#page({ first: Math.min(maxPage, left), after }, signal);
        yield* items;
        left -= items.length;
        after = pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined;
      } while (after !== undefined && left > 0);
    } finally {
      forget();
    }
    return undefined;
  }

  async #page(request: PageRequest, signal: AbortSignal | undefined): Promise<Page<Item>> {
    const { edges, pageInfo, searchedUntil } = await this.#read(request, signal);
    return { items: edges.map(({ node }) => node), pageInfo, searchedUntil };
  }
}
