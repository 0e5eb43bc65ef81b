import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { newId } from '../ground/newId.ts';
import type { KeyRing } from './keyRing.ts';

const announceEveryMs = 10_000;
/** A process without an announcement for this long is dead. */
const deadAfterSeconds = 45;

export interface KeyAnnouncement {
  close(): Promise<void>;
}

/**
 * Announces in the database, while this process runs, which encryption keys it knows. Warns if others that run do not know the one
 * that it encrypts with.
 */
export async function announceKeys(pool: Pool, keys: KeyRing, log: Logger): Promise<KeyAnnouncement> {
  const id = newId();
  const announce = () =>
    pool.query(`INSERT INTO key_holder (id, key_ids) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET seen_at = now()`, [
      id,
      keys.ids,
    ]);
  await pool.query(`DELETE FROM key_holder WHERE seen_at < now() - interval '1 day'`);
  await announce();
  const without = await processesWithoutKey(pool, keys.ids[0] as string);
  if (without > 0) {
    log.warn(
      { key: keys.ids[0], processes: without },
      'other running processes do not know the key under which this one encrypts, and cannot read what it stores: they fail until they are restarted with it. Next time, restart every process with a new key behind the others first, and then with it in front',
    );
  }
  const timer = setInterval(() => {
    announce().catch((error) =>
      log.warn({ err: error }, 'could not announce the encryption keys of this process; trying again'),
    );
  }, announceEveryMs);
  timer.unref();
  return {
    async close() {
      clearInterval(timer);
      await pool.query('DELETE FROM key_holder WHERE id = $1', [id]);
    },
  };
}

/** @returns the number of running processes that do not know the key */
export async function processesWithoutKey(pool: Pool, keyId: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM key_holder
      WHERE seen_at > now() - $1 * interval '1 second' AND NOT $2 = ANY(key_ids)`,
    [deadAfterSeconds, keyId],
  );
  return rows[0]?.count ?? 0;
}
