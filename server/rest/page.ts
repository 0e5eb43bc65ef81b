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

/** A page as it is answered; the cursor is null on the last page. */
export function answerOf<Row extends { readonly id: string }, Entry>(
  { limit = usual }: PageRequest,
  rows: readonly Row[],
  shown: (row: Row) => Entry,
): { data: Entry[]; next_cursor: string | null } {
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return { data: page.map(shown), next_cursor: last ? Buffer.from(last.id, 'latin1').toString('base64url') : null };
}
