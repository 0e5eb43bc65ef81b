import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { newId } from '../ground/newId.ts';
import type { KeyRing } from './keyRing.ts';

const everyMs = 10_000;
/** After a silence of so long a process is dead. Seconds. */
const deadAfterSeconds = 45;

export interface KeyAnnouncement {
  close(): Promise<void>;
}

/** Says, while this process runs, which encryption keys it knows. */
export async function announceKeys(pool: Pool, keys: KeyRing, log: Logger): Promise<KeyAnnouncement> {
  const id = newId();
  const announce = () =>
    pool.query(`INSERT INTO key_holder (id, key_ids) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET seen_at = now()`, [
      id,
      keys.ids,
    ]);
  await pool.query(`DELETE FROM key_holder WHERE seen_at < now() - interval '1 day'`);
  await announce();
  const timer = setInterval(() => {
    announce().catch((error) => log.warn({ err: error }, 'which keys this process knows did not reach the database'));
  }, everyMs);
  timer.unref();
  return {
    async close() {
      clearInterval(timer);
      await pool.query('DELETE FROM key_holder WHERE id = $1', [id]);
    },
  };
}

/** How many processes run that do not know a key. */
export async function processesWithoutKey(pool: Pool, keyId: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM key_holder
      WHERE seen_at > now() - $1 * interval '1 second' AND NOT $2 = ANY(key_ids)`,
    [deadAfterSeconds, keyId],
  );
  return rows[0]?.count ?? 0;
}
