import type { Pool } from 'pg';
import type { Hints } from '../live/changeFeed.ts';
import { decodeIds } from '../live/hint.ts';

/**
 * A subscription's signal that is also aborted when the organization or the project that it follows is deleted: there will be
 * no more changes. A lost hint does no harm: then the subscription stays quiet until its credential ends.
 */
export function endingWithScope(
  { pool, liveFeed }: { readonly pool: Pool; readonly liveFeed: Hints },
  scope: { readonly organizationId: string; readonly projectId?: string | null | undefined },
  signal: AbortSignal,
): AbortSignal {
  const ending = new AbortController();
  const ids = [scope.organizationId, ...(scope.projectId ? [scope.projectId] : [])];
  const unsubscribe = liveFeed.subscribe('deletion', {
    onHint({ organizationId, encodedIds }) {
      if (organizationId !== scope.organizationId || encodedIds === null) return;
      if (decodeIds(encodedIds).some((id) => ids.includes(id))) end();
    },
    onListening() {},
  });
  const end = () => {
    unsubscribe();
    signal.removeEventListener('abort', end);
    ending.abort();
  };
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  const { projectId } = scope;
  if (projectId != null) {
    // What this process knows of the project may be some seconds old.
    pool
      .query({
        name: 'project_exists',
        text: 'SELECT FROM project WHERE id = $1 AND deleted_at IS NULL',
        values: [projectId],
      })
      .then(
        ({ rowCount }) => rowCount === 0 && end(),
        () => {},
      );
  }
  return ending.signal;
}
