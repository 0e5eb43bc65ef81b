import type { QueryClient, QueryKey } from '@tanstack/react-query';

/**
 * Reads anew what is shown. Also what is being read for the first time, which invalidating alone would wait for: that reading
 * may be older than what it has to tell.
 */
export function readAnew(queries: QueryClient, queryKey: QueryKey): void {
  void queries.cancelQueries({ queryKey }).then(() => queries.invalidateQueries({ queryKey }));
}
