import type { Pool } from 'pg';
import type { Hints } from '../live/changeFeed.ts';
import { looksAt } from '../live/looks.ts';

/**
 * A recovery's states as they change, from the present one on, until it has ended.
 *
 * @returns an iterator of its id: what is to be shown is read anew, with the rights of then
 */
export async function* recoveryProgress(
  parts: { pool: Pool; liveFeed: Hints },
  recovery: { id: string; organizationId: string },
  signal: AbortSignal,
): AsyncGenerator<string> {
  const looks = looksAt(parts.liveFeed, 'recovery', recovery.organizationId, signal);
  let told = 0;
  try {
    do {
      const { rows } = await parts.pool.query<{ version: number; state: string }>({
        name: 'recovery_version',
        text: 'SELECT version, state FROM recovery WHERE id = $1',
        values: [recovery.id],
      });
      const [now] = rows;
      if (!now) return;
      if (now.version > told) yield recovery.id;
      told = now.version;
      if (now.state !== 'RUNNING') return;
    } while (await looks.next());
  } finally {
    looks.end();
  }
}
