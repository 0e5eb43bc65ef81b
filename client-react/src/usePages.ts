'use client';

import type { Listing } from '@everhook/sdk';
import { useCallback, useEffect, useRef, useState } from 'react';

/** A list that grows page by page. */
export interface Paged<Item> {
  /** What is loaded, newest first. Empty until `loading` is over. */
  readonly items: readonly Item[];
  /** Whether the first page is on its way. */
  readonly loading: boolean;
  /** Whether a further page is on its way. */
  readonly loadingMore: boolean;
  /** Why the last request failed; what was loaded before stays. */
  readonly error: Error | null;
  readonly hasMore: boolean;
  /** Loads the next page; while the list is read again, right after that. Does nothing while one is on its way, or where there is none. */
  loadMore(): void;
  /** Loads again as many as there are; while something is on its way, right after that. */
  refresh(): void;
}

interface State<Item> {
  readonly key: string;
  readonly items: readonly Item[];
  readonly next: string | null;
  readonly busy: 'first' | 'more' | 'again' | null;
  readonly error: Error | null;
}

const maxPage = 100;
const fresh = { items: [], next: null, busy: 'first', error: null } as const;
const asError = (problem: unknown) => (problem instanceof Error ? problem : new Error(String(problem)));

/**
 * @param key - names what is listed: with another one the list begins anew
 * @param list - the same list as often as it is asked for; the signal ends its requests
 */
export function usePages<Item>(
  key: string,
  pageSize: number,
  list: (signal: AbortSignal) => Listing<Item>,
): Paged<Item> {
  const [state, setState] = useState<State<Item>>({ ...fresh, key });
  // For another list nothing of the last one is shown, not even once.
  const shown: State<Item> = state.key === key ? state : { ...fresh, key };
  const latest = useRef({ list, shown });
  latest.current = { list, shown };
  const running = useRef<AbortController | null>(null);
  /** Whether something changed while a page was on its way, which may be from before that. */
  const outdated = useRef(false);
  /** Whether somebody asked for a further page while the list was read again. */
  const moreWanted = useRef(false);

  const read = useCallback(
    async (busy: 'first' | 'more' | 'again') => {
      running.current?.abort();
      const ending = new AbortController();
      running.current = ending;
      if (busy === 'first') outdated.current = moreWanted.current = false;
      const { list: now, shown: before } = latest.current;
      const kept = busy === 'more' ? before.items : [];
      setState({ ...before, busy, error: null });
      try {
        const wanted = busy === 'again' ? Math.max(pageSize, before.items.length) : pageSize;
        const items: Item[] = [];
        let after = busy === 'more' ? (before.next ?? undefined) : undefined;
        do {
          const first = Math.min(maxPage, wanted - items.length);
          const page = await now(ending.signal).page({ first, after });
          items.push(...page.items);
          after = page.pageInfo.hasNextPage ? (page.pageInfo.endCursor ?? undefined) : undefined;
        } while (after !== undefined && items.length < wanted);
        if (ending.signal.aborted) return;
        setState({ key, items: [...kept, ...items], next: after ?? null, busy: null, error: null });
      } catch (problem) {
        if (ending.signal.aborted) return;
        setState((now) => (now.key === key ? { ...now, busy: null, error: asError(problem) } : now));
      }
    },
    [key, pageSize],
  );

  useEffect(() => {
    void read('first');
    return () => running.current?.abort();
  }, [read]);

  useEffect(() => {
    if (state.busy !== null) return;
    if (outdated.current) {
      outdated.current = false;
      void read('again');
    } else if (moreWanted.current) {
      moreWanted.current = false;
      if (state.next !== null) void read('more');
    }
  }, [state, read]);

  const loadMore = useCallback(() => {
    const { shown: now } = latest.current;
    if (now.next === null) return;
    if (now.busy === null) void read('more');
    else if (now.busy === 'again') moreWanted.current = true;
  }, [read]);
  const refresh = useCallback(() => {
    if (latest.current.shown.busy === null) void read('again');
    else outdated.current = true;
  }, [read]);

  return {
    items: shown.items,
    loading: shown.busy === 'first',
    loadingMore: shown.busy === 'more',
    error: shown.error,
    hasMore: shown.next !== null,
    loadMore,
    refresh,
  };
}
