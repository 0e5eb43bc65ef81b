import { invalid } from '../errors.ts';
import { idOf } from '../idOf.ts';

const usual = 20;
const most = 100;

/** A part of a list that is ordered by id, the newest first. */
export interface PageRequest {
  readonly limit: number;
  /** The last id of the page before. */
  readonly after: string | null;
}

/** @throws ApiError VALIDATION_FAILED */
export function pageOf({ limit, cursor }: { limit?: string; cursor?: string }): PageRequest {
  if (limit !== undefined && !(/^\d{1,3}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= most)) {
    throw invalid('limit', `A page has 1 to ${most} entries.`);
  }
  const after = cursor === undefined ? null : Buffer.from(cursor, 'base64url').toString('latin1');
  if (after !== null && idOf(after) === null)
    throw invalid('cursor', 'Give "next_cursor" of the page before, as it is.');
  return { limit: limit === undefined ? usual : Number(limit), after };
}

/** What to ask the store for: one more than the page has, which tells whether another follows. */
export const storeQuery = ({ limit, after }: PageRequest) =>
  ({
    where: after === null ? {} : { id: { lt: after } },
    orderBy: { id: 'desc' },
    take: limit + 1,
  }) as const;

/** A page as it is answered. */
export interface Page<Entry> {
  readonly data: readonly Entry[];
  /** Null on the last page. */
  readonly next_cursor: string | null;
}

export function answerOf<Row extends { readonly id: string }, Entry>(
  { limit }: PageRequest,
  rows: readonly Row[],
  shown: (row: Row) => Entry,
): Page<Entry> {
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return { data: page.map(shown), next_cursor: last ? Buffer.from(last.id, 'latin1').toString('base64url') : null };
}
