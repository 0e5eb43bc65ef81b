import type { Pool } from 'pg';
import type { Hints } from '../live/changeFeed.ts';
import { createPoller } from '../live/poller.ts';

/**
 * Yields an erasure's id for its present state and for each change, until it has ended. The caller reads the erasure itself each
 * time, with the reader's permissions at that time.
 */
export async function* erasureProgress(
  parts: { pool: Pool; liveFeed: Hints },
  erasure: { id: string; organizationId: string },
  signal: AbortSignal,
): AsyncGenerator<string> {
  const poller = createPoller(parts.liveFeed, 'erasure', erasure.organizationId, signal);
  let emittedVersion = 0;
  try {
    do {
      const { rows } = await parts.pool.query<{ version: number; state: string }>({
        name: 'erasure_version',
        text: 'SELECT version, state FROM erasure WHERE id = $1',
        values: [erasure.id],
      });
      const [now] = rows;
      if (!now) return;
      if (now.version > emittedVersion) yield erasure.id;
      emittedVersion = now.version;
      if (now.state !== 'RUNNING') return;
    } while (await poller.next());
  } finally {
    poller.stop();
  }
}
