import type { Delivery, Page } from '@everhook/sdk';
import { type InfiniteData, type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { Filters } from './filters.ts';
import { type Changes, type Held, heldOf, type LiveView, viewOf, withUpdates } from './liveView.ts';
import { useListUpdates } from './useListUpdates.ts';

/** With more changes than this the list is read again from its top, so that a page that is open for days stays light. */
const maxChanges = 10_000;

const none: Changes = new Map();
const nothing: LiveView = { rows: [], waiting: 0 };

interface ReadList {
  readonly data: InfiniteData<Page<Delivery>, unknown> | undefined;
}

export interface LiveRows {
  readonly rows: readonly Delivery[];
  /** New rows that wait while the shown ones are read; null: more than can be counted here. */
  readonly waiting: number | null;
  /** Shows what waits. */
  show(): void;
}

/**
 * The rows of a list, with the changes of the live feed.
 *
 * Changes are kept beside what was read, because a fetch returns the server's state from when it began.
 *
 * @param reading - whether somebody reads rows that must not move
 * @param readTop - reads the list's first page
 */
export function useLiveRows(
  { data }: ReadList,
  queryKey: QueryKey,
  filters: Filters,
  reading: boolean,
  readTop: () => Promise<Page<Delivery>>,
): LiveRows {
  const queries = useQueryClient();
  const [changes, setChanges] = useState(none);
  const [held, setHeld] = useState<Held | null>(null);
  const [heldFrom, setHeldFrom] = useState<unknown>(null);
  const [isMissing, setMissing] = useState(false);
  // What was told of another list says nothing of this one: a delivery does not tell its labels, nor whose it is.
  const [of, setOf] = useState(queryKey);
  const isOther = of !== queryKey;
  if (isOther) {
    setOf(queryKey);
    setChanges(none);
    setMissing(false);
    setHeld(null);
  }

  const loaded = useMemo(() => data?.pages.flatMap(({ items }) => items) ?? [], [data]);
  const hasMore = data?.pages.at(-1)?.pageInfo.hasNextPage ?? false;
  const isRead = data !== undefined;
  const { rows, waiting } = useMemo(
    // Before the first page is read, or after all of it is dropped, what the feed tells is no list.
    () => (isRead || held ? viewOf(loaded, hasMore, changes, filters, held) : nothing),
    [isRead, loaded, hasMore, changes, filters, held],
  );

  // As often as others are read or come in below: what is shown once stays, and does not get older again.
  const isHeld = held !== null && heldFrom === loaded && held.rows.size === rows.length;
  if (!isOther && reading && !isHeld && rows.length > 0) {
    setHeld(heldOf(rows));
    setHeldFrom(loaded);
  }
  if (!reading && held !== null) setHeld(null);

  useListUpdates(filters, (updates) =>
    setChanges((now) => {
      const next = withUpdates(now, updates);
      if (next.size <= maxChanges) return next;
      setMissing(true);
      const known = new Set(rows.map(({ id }) => id));
      return new Map([...next].filter(([id]) => known.has(id)));
    }),
  );

  // What was left out is read again as soon as nobody reads what is there.
  const restarts = isMissing && held === null;
  useEffect(() => {
    if (!restarts) return;
    let ended = false;
    const restart = async () => {
      await queries.cancelQueries({ queryKey });
      const top = await readTop();
      if (ended) return;
      queries.setQueryData(queryKey, { pages: [top], pageParams: [undefined] });
      const oldest = top.items.at(-1)?.id ?? '';
      setChanges((now) => new Map([...now].filter(([id]) => id >= oldest)));
      setMissing(false);
    };
    restart().catch(() => {
      if (ended) return;
      setMissing(false);
      void queries.resetQueries({ queryKey });
    });
    return () => {
      ended = true;
    };
  }, [restarts, queries, queryKey, readTop]);

  const show = useCallback(() => setHeld(null), []);
  return { rows, waiting: isMissing ? null : waiting, show };
}
