import { formatPrismaCursor, parsePrismaCursor } from '@pothos/plugin-prisma';
import { timeOfId } from '../core/ground/idTime.ts';
import type { Bounds } from '../core/listing/indexedList.ts';
import type { Walked } from '../core/listing/walk.ts';
import { countedPages, type PageArgs, pageSize } from './page.ts';

/** A page of a list that is read by its filter first, and then row by row. */
export interface ListedPage<Row> {
  /** What a total counts the list by. */
  readonly parent: undefined;
  readonly args: PageArgs;
  readonly edges: { readonly cursor: string; readonly node: Row }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  /** Set where the page ended early. */
  readonly searchedUntil: Date | null;
  /** Set where the page was read to be counted: how many rows it would have. */
  readonly counted?: number;
}

/** A page that was read to be counted: it has no rows. @param rows - how many there are, or some more than the page would have */
export function countedPage(args: PageArgs, rows: number, endedEarly = false): ListedPage<never> {
  const size = args.first ?? pageSize.default;
  const hasNextPage = rows > size || endedEarly;
  const pageInfo = { hasNextPage, hasPreviousPage: false, startCursor: null, endCursor: null };
  return { parent: undefined, args, edges: [], pageInfo, searchedUntil: null, counted: Math.min(rows, size) };
}

const cursorOf = (id: string): string => formatPrismaCursor({ id }, 'id');
const idOf = (cursor: string | null | undefined): string | null =>
  cursor == null ? null : (parsePrismaCursor(cursor) as string).toLowerCase();

/**
 * A page, newest first.
 *
 * @param walk - finds the ids of the page, and of one row more
 * @param rowsOf - reads the rows of ids, in any order; one that is gone meanwhile is left out
 */
export async function listedPage<Row extends { readonly id: string }>(
  args: PageArgs,
  walk: (bounds: Bounds, count: number) => Promise<Walked>,
  rowsOf: (ids: string[]) => Promise<readonly Row[]>,
): Promise<ListedPage<Row>> {
  const { first, last, before, after } = args;
  const backwards = last != null || before != null;
  const size = first ?? last ?? pageSize.default;
  // Newest first, what comes after a cursor has lower ids.
  const bounds = { above: idOf(before), below: idOf(after), newestFirst: !backwards };
  const { ids, endedAt } = await walk(bounds, size + 1);
  if (countedPages.has(args)) return countedPage(args, ids.length, endedAt !== null);
  const found = ids.slice(0, size);
  const more = ids.length > size || endedAt !== null;
  const read = found.length === 0 ? [] : await rowsOf(found);
  const rows = new Map(read.map((row) => [row.id, row]));
  const edges = (backwards ? found.toReversed() : found).flatMap((id) => {
    const node = rows.get(id);
    return node ? [{ cursor: cursorOf(id), node }] : [];
  });
  const [newest, oldest] = backwards ? [found.at(-1), found[0]] : [found[0], found.at(-1)];
  // Where looking further took too long, the next page begins where it ended.
  const end = endedAt === null || ids.length > size ? null : endedAt;
  const start = backwards ? (end ?? newest) : newest;
  const until = backwards ? oldest : (end ?? oldest);
  return {
    parent: undefined,
    args,
    edges,
    pageInfo: {
      hasNextPage: backwards ? before != null : more,
      hasPreviousPage: backwards ? more : after != null,
      startCursor: start === undefined ? null : cursorOf(start),
      endCursor: until === undefined ? null : cursorOf(until),
    },
    searchedUntil: end === null ? null : new Date(timeOfId(end)),
  };
}

/** The field of connections that may end early. */
export const searchedUntil = {
  description:
    'Set where the page ends early, because looking further would have taken too long: until this time everything was looked at, and `pageInfo` goes on from there. Null where nothing was left out.',
  of: (connection: unknown): Date | null => (connection as Partial<ListedPage<never>>).searchedUntil ?? null,
};
