import type { Bounds } from '../../core/listing/indexedList.ts';

const usual = 20;

/** Asks for a part of a list that is ordered by id, the newest first. */
export interface PageRequest {
  /** Maximum number of entries. @default 20 */
  readonly limit?: number | undefined;
  /** The last id of the previous page. */
  readonly cursor?: string | undefined;
}

/** The query for the store: one entry more than the page has, which shows whether another page follows. */
export const storeQuery = ({ limit = usual, cursor }: PageRequest) =>
  ({
    where: cursor === undefined ? {} : { id: { lt: cursor } },
    orderBy: { id: 'desc' },
    take: limit + 1,
  }) as const;

/** Where to look for the ids of the page, and of one entry more. */
export const boundsOf = ({ limit = usual, cursor }: PageRequest): [bounds: Bounds, count: number] => [
  { above: null, below: cursor ?? null, newestFirst: true },
  limit + 1,
];

/**
 * A page as it is answered; the cursor is null on the last page.
 *
 * @param endedAt - where looking for rows ended for lack of time; null where it did not
 */
export function answerOf<Row extends { readonly id: string }, Entry>(
  { limit = usual }: PageRequest,
  rows: readonly Row[],
  shown: (row: Row) => Entry,
  endedAt: string | null = null,
): { data: Entry[]; next_cursor: string | null } {
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1)?.id : (endedAt ?? undefined);
  return { data: page.map(shown), next_cursor: last ? Buffer.from(last, 'latin1').toString('base64url') : null };
}
