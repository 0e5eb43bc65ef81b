import type { PoolClient } from 'pg';
import { type Selection, type WindowRow, windowsOf } from './selection.ts';

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

/** Rows of each kind that one batch reads. */
const windowSize = 500;

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
  let upTo: string | null = null;
  for (const { kind, statement } of windowsOf(selection, after, windowSize)) {
    const { rows } = await transaction.query<WindowRow>(statement);
    const [{ more, last, ids, webhooks }] = rows as [WindowRow];
    for (const [index, id] of ids.entries()) {
      found.push({ id, webhookId: webhooks[index] as string, missed: kind === 'MISSED' });
    }
    // Behind the end of a full window it is not known what comes.
    if (more && last !== null && (upTo === null || last < upTo)) upTo = last;
  }
  const end = upTo;
  const known = found
    .filter(({ id }) => end === null || id <= end)
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const lastOf = known[enough - 1]?.id;
  if (lastOf === undefined) return { items: known, upTo: end };
  const items = known.filter(({ id }) => id <= lastOf);
  return items.length === known.length ? { items, upTo: end } : { items, upTo: lastOf };
}
