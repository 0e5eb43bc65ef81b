import type { ListedEvent, Page } from '@everhook/sdk';
import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useSession } from '../session/session.tsx';
import { useDeliveryUpdates } from '../shell/live.tsx';
import { useScope } from '../shell/scope.tsx';
import { type Filters, sdkFilter } from './filters.ts';

const pageSize = 100;
/** Events that no webhook takes cause no live update, so newer ones are also asked for at this interval. */
const everyMs = 5_000;
/** By so much the browser's clock may be ahead of the server's. */
const maxSkewMs = 600_000;
/** After live updates of unknown events, at most this often. */
const soonMs = 700;

/** The log of events: pages of older ones, and the newer ones, which wait until the reader wants to see them. */
export function useEventLog(filters: Filters) {
  const { client, handleAuthError } = useSession();
  const { filter: scope } = useScope();
  const queries = useQueryClient();
  const asked = useMemo(() => ({ ...scope, ...sdkFilter(filters) }), [scope, filters]);
  const queryKey = useMemo(() => ['events', asked], [asked]);
  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ signal, pageParam }) =>
      client.events.list({ ...asked, signal }).page({ first: pageSize, after: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined),
    // Newer events are asked for alone; refetching all pages on every focus would only cost.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    gcTime: 0,
  });
  const { data, isFetching } = list;
  const rows = useMemo(() => data?.pages.flatMap(({ items }) => items) ?? [], [data]);

  const [newer, setNewer] = useState<Page<ListedEvent> | null>(null);
  // What belongs to other filters counts no more.
  const [newerOf, setNewerOf] = useState(queryKey);
  if (newerOf !== queryKey) {
    setNewerOf(queryKey);
    setNewer(null);
  }

  const put = useCallback(
    (page: Page<ListedEvent>) =>
      queries.setQueryData<InfiniteData<Page<ListedEvent>>>(
        queryKey,
        (read) => read && { pages: [page, ...read.pages], pageParams: [undefined, ...read.pageParams] },
      ),
    [queries, queryKey],
  );

  const looking = useRef(false);
  const look = useCallback(async () => {
    if (looking.current || document.hidden) return;
    const known = queries.getQueryState<InfiniteData<Page<ListedEvent>>>(queryKey);
    if (known?.status !== 'success' || known.fetchStatus !== 'idle') return;
    looking.current = true;
    try {
      const [first] = known.data?.pages ?? [];
      const before = first?.pageInfo.startCursor;
      if (!before) {
        // A search that took long is not begun again: what is newer than it is enough. Clocks differ by less than this.
        const since = new Date(known.dataUpdatedAt - maxSkewMs);
        const long = first?.pageInfo.hasNextPage ?? false;
        const found = await client.events.list(long ? { ...asked, from: since } : asked).page({ first: pageSize });
        // An empty list moves nothing that is read.
        if (found.items.length > 0) put(found);
        return;
      }
      setNewer(await client.events.list(asked).page({ last: pageSize, before }));
    } catch (error) {
      // The next look may succeed; the list itself says when the API is away.
      handleAuthError(error);
    } finally {
      looking.current = false;
    }
  }, [queries, queryKey, client, asked, handleAuthError, put]);

  useEffect(() => {
    const timer = setInterval(look, everyMs);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [look]);

  const soon = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(soon.current), []);
  const lookSoon = () => {
    soon.current ??= setTimeout(() => {
      soon.current = undefined;
      void look();
    }, soonMs);
  };
  useDeliveryUpdates((updates) => {
    const newest = rows[0]?.id ?? '';
    if (updates.some(({ event }) => event && event.id > newest)) lookSoon();
  }, lookSoon);

  const showNewer = () => {
    if (!newer || isFetching) return;
    setNewer(null);
    // More than a page has come: it begins again with the newest.
    if (newer.pageInfo.hasPreviousPage) return void queries.resetQueries({ queryKey });
    put(newer);
  };
  return {
    list,
    rows,
    newer: newer?.items.length ?? 0,
    moreNewer: newer?.pageInfo.hasPreviousPage ?? false,
    showNewer,
  };
}
