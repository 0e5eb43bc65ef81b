import type { Query, QueryClient, QueryKey } from '@tanstack/react-query';

/** First fetches that are followed by another. */
const behind = new WeakSet<Query>();

/**
 * Refetches what is shown after a change that somebody else told of. A first fetch, which invalidation alone would take for fresh, goes
 * on and is followed by another: its data may be older than the change.
 */
export function refetch(queries: QueryClient, queryKey: QueryKey): void {
  for (const query of queries.getQueryCache().findAll({ queryKey, fetchStatus: 'fetching' })) {
    if (query.state.data !== undefined || behind.has(query)) continue;
    behind.add(query);
    const over = () => void behind.delete(query);
    query.promise?.then(() => queries.invalidateQueries({ queryKey: query.queryKey, exact: true })).then(over, over);
  }
  void queries.invalidateQueries({ queryKey });
}
