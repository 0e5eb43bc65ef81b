import { parseId } from '../core/ground/parseId.ts';

/** The length of a page. */
export const pageSize = { default: 20, max: 100 } as const;

/** Whether a text is a cursor of a list ordered by id: `GPC:S:<uuid>` in Base64, as the Prisma plugin writes it. */
export function isCursor(text: string): boolean {
  const decoded = Buffer.from(text, 'base64').toString('latin1');
  return decoded.startsWith('GPC:S:') && parseId(decoded.slice('GPC:S:'.length)) !== null;
}

/** Lists show the newest first: ids sort by time of creation. */
export const newestFirst = { id: 'desc' } as const;
