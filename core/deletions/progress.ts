import type { Pool } from 'pg';
import type { Hints } from '../live/changeFeed.ts';
import { createPoller } from '../live/poller.ts';

/**
 * Yields a deletion's id for its present state and for each change, until it has finished. The caller reads the deletion itself
 * each time, with the reader's permissions at that time.
 */
export async function* deletionProgress(
  parts: { pool: Pool; liveFeed: Hints },
  deletion: { id: string; organizationId: string },
  signal: AbortSignal,
): AsyncGenerator<string> {
  const poller = createPoller(parts.liveFeed, 'deletion', deletion.organizationId, signal);
  let emittedVersion = 0;
  try {
    do {
      const { rows } = await parts.pool.query<{ version: number; state: string }>({
        name: 'deletion_version',
        text: 'SELECT version, state FROM deletion WHERE id = $1',
        values: [deletion.id],
      });
      const [now] = rows;
      if (!now) return;
      if (now.version > emittedVersion) yield deletion.id;
      emittedVersion = now.version;
      if (now.state === 'FINISHED') return;
    } while (await poller.next());
  } finally {
    poller.stop();
  }
}
