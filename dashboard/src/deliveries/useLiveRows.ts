import type { Delivery, Page } from '@everhook/sdk';
import { type InfiniteData, type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { useDeliveryUpdates } from '../shell/live.tsx';
import type { Filters } from './filters.ts';
import { merged, newest, rowsOf } from './merge.ts';

/** Beyond this many rows the list restarts at its top, so that a page that is open for days stays light. */
const maxRows = 10_000;

type Changes = ReadonlyMap<string, Delivery>;

const none: Changes = new Map();

interface ReadList {
  readonly data: InfiniteData<Page<Delivery>> | undefined;
  readonly isFetching: boolean;
}

/**
 * The rows of a list, merged with changes from the live feed.
 *
 * A fetch returns the server's state from when it began, and overwrites changes merged meanwhile. So changes are kept
 * beside the list, shown at once, and merged when no fetch is running.
 */
export function useLiveRows({ data, isFetching }: ReadList, queryKey: QueryKey, filters: Filters): readonly Delivery[] {
  const queries = useQueryClient();
  const [changes, setChanges] = useState(none);
  useDeliveryUpdates((updates) => setChanges((now) => newest([...now.values(), ...updates])));

  useEffect(() => {
    const restart = () => {
      setChanges(none);
      void queries.resetQueries({ queryKey });
    };
    if (changes.size > maxRows) return restart();
    if (changes.size === 0 || isFetching) return;
    // A fetch may have started since the last render: the table may just have asked for more. And a merge would mark
    // a list whose fetch failed as fetched.
    const state = queries.getQueryState(queryKey);
    if (state?.fetchStatus !== 'idle' || state.status !== 'success') return;
    const put = queries.setQueryData<ReadList['data']>(
      queryKey,
      (read) => read && { ...read, pages: merged(read.pages, changes, filters) },
    );
    setChanges((now) => (now === changes ? none : now));
    if ((put?.pages ?? []).reduce((count, { items }) => count + items.length, 0) > maxRows) restart();
  }, [queries, queryKey, changes, filters, isFetching]);

  return useMemo(() => rowsOf(merged(data?.pages ?? [], changes, filters)), [data, changes, filters]);
}
