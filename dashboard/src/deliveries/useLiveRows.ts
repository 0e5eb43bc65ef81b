import type { Delivery, Page } from '@everhook/sdk';
import { type InfiniteData, type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { useDeliveryUpdates } from '../shell/live.tsx';
import type { Filters } from './filters.ts';
import { merged, newest, rowsOf } from './merge.ts';

/** Beyond this many rows the list begins anew at its top, so that a page that is open for days stays light. */
const maxRows = 10_000;

type Changes = ReadonlyMap<string, Delivery>;

const none: Changes = new Map();

interface ReadList {
  readonly data: InfiniteData<Page<Delivery>> | undefined;
  readonly isFetching: boolean;
}

/**
 * The rows of a list as it was read, with what the live feed tells taken in.
 *
 * A reading ends with what the server had when it began, and overwrites what was put into the list meanwhile. So changes wait
 * beside it, shown already, and are put in when nothing is being read.
 */
export function useLiveRows({ data, isFetching }: ReadList, queryKey: QueryKey, filters: Filters): readonly Delivery[] {
  const queries = useQueryClient();
  const [changes, setChanges] = useState(none);
  useDeliveryUpdates((updates) => setChanges((now) => newest([...now.values(), ...updates])));

  useEffect(() => {
    const beginAnew = () => {
      setChanges(none);
      void queries.resetQueries({ queryKey });
    };
    if (changes.size > maxRows) return beginAnew();
    if (changes.size === 0 || isFetching) return;
    // It may be being read though it was not when this was drawn: the table may just have asked for more. And a list that
    // could not be read on would count as read if anything were put into it.
    const state = queries.getQueryState(queryKey);
    if (state?.fetchStatus !== 'idle' || state.status !== 'success') return;
    const put = queries.setQueryData<ReadList['data']>(
      queryKey,
      (read) => read && { ...read, pages: merged(read.pages, changes, filters) },
    );
    setChanges((now) => (now === changes ? none : now));
    if ((put?.pages ?? []).reduce((count, { items }) => count + items.length, 0) > maxRows) beginAnew();
  }, [queries, queryKey, changes, filters, isFetching]);

  return useMemo(() => rowsOf(merged(data?.pages ?? [], changes, filters)), [data, changes, filters]);
}
