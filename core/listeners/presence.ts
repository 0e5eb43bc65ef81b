import type { Pool } from 'pg';
import { graceMs, keepAliveMs } from './limits.ts';

/** How long a listener lives after its subscription last said that it listens. Milliseconds. */
const livesMs = graceMs + keepAliveMs;

/** Takes a listener over: an older subscription to it ends. @returns whether there is such a listener */
export async function takeOver(pool: Pool, listenerId: string, connection: string): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'listener_taken',
    text: `UPDATE webhook SET listener_connection = $2, listener_expires_at = now() + $3 * interval '1 millisecond'
            WHERE id = $1 AND deleted_at IS NULL AND listener_expires_at IS NOT NULL`,
    values: [listenerId, connection, livesMs],
  });
  return rowCount === 1;
}

/** Keeps a listener alive. @returns whether this subscription still has it */
export async function keepAlive(pool: Pool, listenerId: string, connection: string): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'listener_alive',
    text: `UPDATE webhook SET listener_expires_at = now() + $3 * interval '1 millisecond'
            WHERE id = $1 AND deleted_at IS NULL AND listener_connection = $2`,
    values: [listenerId, connection, livesMs],
  });
  return rowCount === 1;
}

/** From now on the listener waits for its client to come back. */
export async function leave(pool: Pool, listenerId: string, connection: string): Promise<void> {
  await pool.query({
    name: 'listener_left',
    text: `UPDATE webhook SET listener_connection = NULL, listener_expires_at = now() + $3 * interval '1 millisecond'
            WHERE id = $1 AND deleted_at IS NULL AND listener_connection = $2`,
    values: [listenerId, connection, graceMs],
  });
}
