const usual = 20;

/** A part of a list that is ordered by id, the newest first. */
export interface PageRequest {
  /** Most entries. @default 20 */
  readonly limit?: number | undefined;
  /** The last id of the page before. */
  readonly cursor?: string | undefined;
}

/** What to ask the store for: one more than the page has, which tells whether another follows. */
export const storeQuery = ({ limit = usual, cursor }: PageRequest) =>
  ({
    where: cursor === undefined ? {} : { id: { lt: cursor } },
    orderBy: { id: 'desc' },
    take: limit + 1,
  }) as const;

/** A page as it is answered; its cursor is null on the last one. */
export function answerOf<Row extends { readonly id: string }, Entry>(
  { limit = usual }: PageRequest,
  rows: readonly Row[],
  shown: (row: Row) => Entry,
): { data: Entry[]; next_cursor: string | null } {
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return { data: page.map(shown), next_cursor: last ? Buffer.from(last.id, 'latin1').toString('base64url') : null };
}
