import type { QueryClient, QueryKey } from '@tanstack/react-query';

/** First fetches that are followed by another. */
const followed = new WeakSet<Promise<unknown>>();

/**
 * Refetches what is shown after a change that somebody else told of. A first fetch, which invalidation alone would take for fresh, goes
 * on and is followed by another: its data may be older than the change.
 */
export function refetch(queries: QueryClient, queryKey: QueryKey): void {
  for (const query of queries.getQueryCache().findAll({ queryKey, fetchStatus: 'fetching' })) {
    const { promise, state } = query;
    if (!promise || state.data !== undefined || followed.has(promise)) continue;
    followed.add(promise);
    // A fetch that failed says so itself.
    promise.then(
      () => queries.invalidateQueries({ queryKey: query.queryKey, exact: true }),
      () => {},
    );
  }
  void queries.invalidateQueries({ queryKey });
}
