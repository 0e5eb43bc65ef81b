import type { QueryClient, QueryKey } from '@tanstack/react-query';

/**
 * Refetches what is shown. Also cancels first fetches, which invalidation alone would wait for: their data may be older
 * than the change.
 */
export function refetch(queries: QueryClient, queryKey: QueryKey): void {
  void queries.cancelQueries({ queryKey }).then(() => queries.invalidateQueries({ queryKey }));
}
