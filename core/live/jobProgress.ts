import type { Pool } from 'pg';
import type { Hints } from './changeFeed.ts';
import { createPoller } from './poller.ts';

/** Work in batches whose progress is a row: each table has a version, which rises with each change, and a state. */
export type JobTable = 'recovery' | 'erasure' | 'deletion';

const ended = ['FINISHED', 'CANCELLED'];

/**
 * Yields a job's id for its present state and for each change, until it has ended. The caller reads the job itself each time, with
 * the reader's permissions at that time.
 */
export async function* jobProgress(
  { pool, liveFeed }: { readonly pool: Pool; readonly liveFeed: Hints },
  table: JobTable,
  { id, organizationId }: { readonly id: string; readonly organizationId: string },
  signal: AbortSignal,
): AsyncGenerator<string> {
  const poller = createPoller(liveFeed, table, organizationId, signal);
  let emittedVersion = 0;
  try {
    do {
      const { rows } = await pool.query<{ version: number; state: string }>({
        name: `${table}_version`,
        text: `SELECT version, state FROM ${table} WHERE id = $1`,
        values: [id],
      });
      const [now] = rows;
      if (!now) return;
      if (now.version > emittedVersion) yield id;
      emittedVersion = now.version;
      if (ended.includes(now.state)) return;
    } while (await poller.next());
  } finally {
    poller.stop();
  }
}
