import type { Pool } from 'pg';
import type { Logger } from 'pino';

/** Interval of the heartbeats, and the silence after which a process is taken for dead. Milliseconds. */
export const heartbeatEveryMs = 2_000;
export const deadAfterMs = 10_000;

/** Shows in the database that a process lives. */
export const showAlive = (connection: Pick<Pool, 'query'>, id: string, kind: 'api' | 'worker') =>
  connection.query({
    name: 'heartbeat',
    text: 'INSERT INTO process (id, kind) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET heartbeat_at = now()',
    values: [id, kind],
  });

/** Says that a process has ended in order. */
export const showEnded = (connection: Pick<Pool, 'query'>, id: string) =>
  connection.query('DELETE FROM process WHERE id = $1', [id]);

/** Repeats a heartbeat, and logs those that fail. It keeps no process alive. */
export function repeatHeartbeat(beat: () => Promise<void>, log: Logger): NodeJS.Timeout {
  const timer = setInterval(() => {
    beat().catch((error) => log.warn({ err: error }, 'the heartbeat did not reach the database'));
  }, heartbeatEveryMs);
  return timer.unref();
}
