import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { adjustableLevel, type LogLevel } from '../ground/logLevel.ts';

/** The level that the operator wants for now; null: each process's own. */
export interface WantedLevel {
  readonly level: LogLevel;
  readonly until: Date;
}

export interface LogLevelControl {
  current(): Promise<WantedLevel | null>;
  /** For all processes, within a few seconds. @param level - null: what is configured, at once */
  want(level: LogLevel | null, minutes: number): Promise<WantedLevel | null>;
  close(): void;
}

/** How often a process looks, in milliseconds. */
const defaultEveryMs = 5_000;

const readStatement = 'SELECT level, until FROM log_level WHERE until > now()';
const writeStatement = `
  INSERT INTO log_level (level, until) VALUES ($1, now() + $2 * interval '1 minute')
  ON CONFLICT ("only") DO UPDATE SET level = excluded.level, until = excluded.until`;

/**
 * Lets a log follow what the operator wants of all processes. It is kept in the database, which reaches every process behind a
 * balancer and in a container without a shell, and it ends by itself.
 */
export function followLogLevel(parts: {
  readonly pool: Pool;
  readonly log: Logger;
  readonly everyMs?: number;
}): LogLevelControl {
  const { pool, log, everyMs = defaultEveryMs } = parts;
  const level = adjustableLevel(log);
  let reading = false;

  async function current(): Promise<WantedLevel | null> {
    const { rows } = await pool.query<WantedLevel>({ name: 'log_level', text: readStatement });
    const wanted = rows[0] ?? null;
    level.override(wanted?.level ?? null);
    return wanted;
  }

  const look = async () => {
    if (reading) return;
    reading = true;
    // While the database is away, others report it, and the level stays.
    await current().catch(() => {});
    reading = false;
  };
  const timer = setInterval(() => void look(), everyMs);
  timer.unref();

  return {
    current,
    async want(wanted, minutes) {
      await (wanted === null ? pool.query('DELETE FROM log_level') : pool.query(writeStatement, [wanted, minutes]));
      return current();
    },
    close: () => clearInterval(timer),
  };
}
