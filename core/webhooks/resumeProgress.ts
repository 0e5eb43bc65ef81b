import type { Pool } from 'pg';
import { heldCounts } from '../deliveries/releaseHeld.ts';
import { rest } from '../ground/batchLimits.ts';
import type { Hints } from '../live/changeFeed.ts';
import { createPoller } from '../live/poller.ts';

/** Batches may follow each other faster than anybody reads, and each state counts what is held. Milliseconds. */
const restMs = 250;

/**
 * Yields a webhook's id for its present state and whenever it holds less, until it resumes no more: it holds nothing, or was paused
 * again. The caller reads the webhook itself each time, with the reader's permissions at that time.
 */
export async function* resumeProgress(
  { pool, liveFeed }: { readonly pool: Pool; readonly liveFeed: Hints },
  { id, organizationId }: { readonly id: string; readonly organizationId: string },
  signal: AbortSignal,
): AsyncGenerator<string> {
  const poller = createPoller(liveFeed, 'resume', organizationId, signal);
  let emitted: string | undefined;
  try {
    do {
      const { rows } = await pool.query<{ resuming: boolean; state: string }>({
        name: 'resume_progress',
        text: `SELECT resuming_at IS NOT NULL AS resuming, concat_ws('/', paused_at, resuming_at, value) AS state
                 FROM webhook JOIN (${heldCounts}) AS held USING (id)
                WHERE deleted_at IS NULL`,
        values: [[id]],
      });
      const [now] = rows;
      if (!now) return;
      if (now.state !== emitted) yield id;
      emitted = now.state;
      if (!now.resuming) return;
      await rest(restMs, signal);
    } while (await poller.next());
  } finally {
    poller.stop();
  }
}
