/** How long a page of a list is. */
export const pageSize = { usual: 20, most: 100 } as const;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text has the form of an id. What has not names nothing, and must not reach the store's `uuid` columns. */
export const isId = (text: string): boolean => uuid.test(text);

/** Whether a text is a cursor of a list that is ordered by id: `GPC:S:<uuid>` in Base64, as the Prisma plugin writes it. */
export function isCursor(text: string): boolean {
  const decoded = Buffer.from(text, 'base64').toString('latin1');
  return decoded.startsWith('GPC:S:') && isId(decoded.slice('GPC:S:'.length));
}

/** Lists show the newest first: ids sort by time of creation. */
export const newestFirst = { id: 'desc' } as const;
