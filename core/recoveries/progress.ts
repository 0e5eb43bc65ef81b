import type { Pool } from 'pg';
import type { Hints } from '../live/changeFeed.ts';
import { createPoller } from '../live/poller.ts';

/**
 * Yields a recovery's id for its present state and for each change, until it has ended. The caller reads the recovery itself
 * each time, with the reader's permissions at that time.
 */
export async function* recoveryProgress(
  parts: { pool: Pool; liveFeed: Hints },
  recovery: { id: string; organizationId: string },
  signal: AbortSignal,
): AsyncGenerator<string> {
  const poller = createPoller(parts.liveFeed, 'recovery', recovery.organizationId, signal);
  let emittedVersion = 0;
  try {
    do {
      const { rows } = await parts.pool.query<{ version: number; state: string }>({
        name: 'recovery_version',
        text: 'SELECT version, state FROM recovery WHERE id = $1',
        values: [recovery.id],
      });
      const [now] = rows;
      if (!now) return;
      if (now.version > emittedVersion) yield recovery.id;
      emittedVersion = now.version;
      if (now.state !== 'RUNNING') return;
    } while (await poller.next());
  } finally {
    poller.stop();
  }
}
