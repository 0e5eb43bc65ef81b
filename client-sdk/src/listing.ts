import type { PageFieldsFragment } from './generated/operations.ts';

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
}

/** A list as the API returns it. */
interface Connection<Item> {
  readonly edges: ReadonlyArray<{ readonly node: Item }>;
  readonly pageInfo: PageFieldsFragment;
}

/** A list that is read page by page during iteration. `page` reads a single page. */
export class Listing<Item> implements AsyncIterable<Item> {
  readonly #read: (request: PageRequest) => Promise<Connection<Item>>;

  constructor(read: (request: PageRequest) => Promise<Connection<Item>>) {
    this.#read = read;
  }

  /** One page. @default the first 50 */
  async page(request: PageRequest = { first: 50 }): Promise<Page<Item>> {
    const { edges, pageInfo } = await this.#read(request);
    return { items: edges.map(({ node }) => node), pageInfo };
  }

  /** Every item. The next page is read when the one before it is used up. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    let after: string | undefined;
    do {
      const { items, pageInfo } = await this.page({ first: 100, after });
      yield* items;
      after = pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined;
    } while (after !== undefined);
  }
}
