import type { Delivery } from '@everhook/sdk';
import { type Filters, fits } from './filters.ts';

export type Changes = ReadonlyMap<string, Delivery>;

/** The newest state of each. */
export function withUpdates(changes: Changes, updates: Iterable<Delivery>): Map<string, Delivery> {
  const latest = new Map(changes);
  for (const update of updates) {
    const known = latest.get(update.id);
    if (!known || known.version < update.version) latest.set(update.id, update);
  }
  return latest;
}

/** The rows that somebody reads: nothing above, between or below them moves, whatever is read again meanwhile. */
export interface Held {
  readonly rows: ReadonlyMap<string, Delivery>;
  readonly oldest: string;
}

export const heldOf = (rows: readonly Delivery[]): Held | null => {
  const last = rows.at(-1);
  return last ? { rows: new Map(rows.map((row) => [row.id, row])), oldest: last.id } : null;
};

export interface LiveView {
  /** The newest first: ids grow with time. */
  readonly rows: readonly Delivery[];
  /** What would be shown besides, were the rows not held. */
  readonly waiting: number;
}

/**
 * A list that was read, with the changes since. Known rows change in place, new ones come in, and those that no longer match the
 * filters leave. While rows are held, none of them leaves, and others come in only below them.
 *
 * @param loaded - as it was read, newest first; held rows that are not in it any more stay
 * @param hasMore - whether older ones were not read yet: changes of those come with their page
 */
export function viewOf(
  loaded: readonly Delivery[],
  hasMore: boolean,
  changes: Changes,
  filters: Filters,
  held: Held | null,
): LiveView {
  const oldest = hasMore ? loaded.at(-1)?.id : undefined;
  const found = new Map(held?.rows);
  for (const row of loaded) {
    const known = found.get(row.id);
    if (!known || known.version < row.version) found.set(row.id, row);
  }
  for (const [id, change] of changes) {
    const row = found.get(id);
    if (row) {
      if (change.version > row.version) found.set(id, change);
    } else if (oldest === undefined || id > oldest) found.set(id, change);
  }
  const rows: Delivery[] = [];
  let waiting = 0;
  for (const row of found.values()) {
    if (held?.rows.has(row.id)) rows.push(row);
    else if (!fits(row, filters)) continue;
    else if (held === null || row.id < held.oldest) rows.push(row);
    else waiting++;
  }
  return { rows: inOrder(rows), waiting };
}

/** Sorts only where it must: what was read is in order, and a burst comes many times a second. */
function inOrder(rows: Delivery[]): readonly Delivery[] {
  for (let place = 1; place < rows.length; place++) {
    if ((rows[place - 1]?.id ?? '') < (rows[place]?.id ?? '')) return rows.sort((a, b) => (a.id < b.id ? 1 : -1));
  }
  return rows;
}
