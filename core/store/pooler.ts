import { randomUUID } from 'node:crypto';
import pg from 'pg';

/** A time limit that nothing else sets, in milliseconds: who passes it on is PostgreSQL, or passes on everything. */
const markMs = 2_147_467;
/** Other clients of the pooler may take a connection meanwhile, so it is tried more than once. */
const tries = 3;

/**
 * Whether something between here and PostgreSQL hands one session to several clients, as PgBouncer does with
 * `pool_mode = transaction`. There LISTEN hears nothing, time limits are lost, and prepared statements belong to others.
 *
 * @returns how that was seen; null if each connection is a session of its own
 */
export async function sharesSessions(url: string, options: pg.ClientConfig): Promise<string | null> {
  const clients: pg.Client[] = [];
  const open = async (more: pg.ClientConfig = {}) => {
    const client = new pg.Client({ connectionString: url, ...options, ...more });
    client.on('error', () => {});
    await client.connect();
    clients.push(client);
    return client;
  };
  const one = async (client: pg.Client, text: string, values: unknown[] = []) =>
    String(Object.values((await client.query(text, values)).rows[0] ?? {})[0]);
  try {
    const first = await open();
    for (let attempt = 0; attempt < tries; attempt++) {
      const mark = randomUUID();
      await one(first, `SELECT set_config('everhook.session', $1, false)`, [mark]);
      const other = await open();
      const seen = await one(other, `SELECT current_setting('everhook.session', true)`);
      if (seen === mark) return 'one client gets the session of another';
    }
    const limited = await open({ statement_timeout: markMs });
    const set = await one(limited, `SELECT setting FROM pg_settings WHERE name = 'statement_timeout'`);
    return set === String(markMs) ? null : 'it drops the setting statement_timeout';
  } catch (error) {
    const { message } = error as Error;
    // PgBouncer's words.
    if (/unsupported startup parameter/i.test(message)) return `it says "${message}"`;
    throw error;
  } finally {
    for (const client of clients) void client.end().catch(() => {});
  }
}
