import type { PoolClient } from 'pg';
import { type ItemsRow, type Selection, type WindowSize, windowsOf } from './selection.ts';

/** A delivery to replay, or an event that a webhook missed. */
export interface Item {
  /** Of the delivery or the event. */
  readonly id: string;
  readonly webhookId: string;
  readonly missed: boolean;
}

export interface NextItems {
  /** In the order of their ids, so of time: the oldest first. */
  readonly items: readonly Item[];
  /** Everything up to this id is in the items, or not to be sent. Null: so is all the rest. */
  readonly upTo: string | null;
}

/**
 * What a batch reads: little at first, for it takes a few items only. More where little of that is sent, as in a log of which most
 * was delivered.
 */
const sizes: readonly WindowSize[] = [
  { rows: 50, pairs: 100 },
  { rows: 200, pairs: 2_000 },
  { rows: 500, pairs: 20_000 },
];

/**
 * The next deliveries and events of a recovery. Those of one event are not divided: there may be as many as webhooks.
 *
 * @param enough - where there are more, the items end after the id that reaches this number
 */
export async function nextItems(
  transaction: Pick<PoolClient, 'query'>,
  selection: Selection,
  after: string,
  enough: number,
): Promise<NextItems> {
  const found: Item[] = [];
  let upTo: string | null = after;
  for (const size of sizes) {
    const next: NextItems = await itemsOf(transaction, selection, upTo, size);
    found.push(...next.items);
    upTo = next.upTo;
    if (upTo === null || found.length >= enough) break;
  }
  const lastOf = found[enough - 1]?.id;
  if (lastOf === undefined) return { items: found, upTo };
  const items = found.filter(({ id }) => id <= lastOf);
  return items.length === found.length ? { items, upTo } : { items, upTo: lastOf };
}

/** All items of one window. */
async function itemsOf(
  transaction: Pick<PoolClient, 'query'>,
  selection: Selection,
  after: string,
  size: WindowSize,
): Promise<NextItems> {
  const found: Item[] = [];
  let upTo: string | null = null;
  for (const { kind, statement } of windowsOf(selection, after, size, 'items')) {
    const { rows } = await transaction.query<ItemsRow>(statement);
    const [{ more, last, ids, webhooks }] = rows as [ItemsRow];
    for (const [index, id] of ids.entries()) {
      found.push({ id, webhookId: webhooks[index] as string, missed: kind === 'MISSED' });
    }
    // Behind the end of a full window it is not known what comes.
    if (more && last !== null && (upTo === null || last < upTo)) upTo = last;
  }
  const end = upTo;
  const items = found
    .filter(({ id }) => end === null || id <= end)
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return { items, upTo };
}
