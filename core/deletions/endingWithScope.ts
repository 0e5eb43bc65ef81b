import type { Pool } from 'pg';
import type { Hints } from '../live/changeFeed.ts';
import { decodeIds } from '../live/hint.ts';

/**
 * A subscription's signal that is also aborted when the organization or the project that it follows is deleted: there will be
 * no more changes. Hints that were sent before this process listened are lost, so it looks for itself as soon as it listens.
 */
export function endingWithScope(
  { pool, liveFeed }: { readonly pool: Pool; readonly liveFeed: Hints },
  scope: { readonly organizationId: string; readonly projectId?: string | null | undefined },
  signal: AbortSignal,
): AbortSignal {
  const ending = new AbortController();
  const { organizationId, projectId = null } = scope;
  const ids = [organizationId, ...(projectId === null ? [] : [projectId])];
  /** What this process knows of both may be some seconds old. */
  const look = () => {
    pool
      .query({
        name: 'scope_exists',
        text: `SELECT FROM organization WHERE id = $1 AND deleted_at IS NULL
          AND ($2::uuid IS NULL OR EXISTS (SELECT FROM project WHERE id = $2 AND deleted_at IS NULL))`,
        values: [organizationId, projectId],
      })
      .then(
        ({ rowCount }) => rowCount === 0 && end(),
        () => {},
      );
  };
  const unsubscribe = liveFeed.subscribe('deletion', {
    onHint({ organizationId: of, encodedIds }) {
      if (of !== organizationId || encodedIds === null) return;
      if (decodeIds(encodedIds).some((id) => ids.includes(id))) end();
    },
    onListening: look,
  });
  const end = () => {
    unsubscribe();
    signal.removeEventListener('abort', end);
    ending.abort();
  };
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  else look();
  return ending.signal;
}
