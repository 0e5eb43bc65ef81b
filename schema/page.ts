import { invalid } from '../core/ground/errors.ts';
import { parseId } from '../core/ground/parseId.ts';

/** The length of a page. */
export const pageSize = { default: 20, max: 100 } as const;

/** Up to how many rows a list is counted. */
export const maxTotal = 1_000;

/** Arguments of pages that are read to be counted, not to be answered. */
export const countedPages = new WeakSet<object>();

/** The most rows of a page with these arguments. */
export const maxPage = (args: object): number => (countedPages.has(args) ? maxTotal : pageSize.max);

/** Whether a text is a cursor of a list ordered by id: `GPC:S:<uuid>` in Base64, as the Prisma plugin writes it. */
export function isCursor(text: string): boolean {
  const decoded = Buffer.from(text, 'base64').toString('latin1');
  return decoded.startsWith('GPC:S:') && parseId(decoded.slice('GPC:S:'.length)) !== null;
}

/** Lists show the newest first: ids sort by time of creation. */
export const newestFirst = { id: 'desc' } as const;

/** The arguments of a list's page. Null is the same as left out. */
export interface PageArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** @throws ApiError VALIDATION_FAILED for arguments of which no page can be: a page goes on after a cursor, or back before one */
export function checkPage({ first, after, last, before }: PageArgs): void {
  if (first != null && last != null) {
    throw invalid('last', 'Ask for the "first" rows or for the "last" ones, not for both: leave one out.');
  }
  if (after != null && before != null) {
    throw invalid('before', 'Continue "after" a cursor or go back "before" one, not both: leave one out.');
  }
  if (first != null && before != null) {
    throw invalid('first', '"first" goes with "after". To go back "before" a cursor, give "last".');
  }
  if (last != null && after != null) {
    throw invalid('last', '"last" goes with "before". To continue "after" a cursor, give "first".');
  }
}
