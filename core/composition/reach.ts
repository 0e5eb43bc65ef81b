import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { ConfigError } from './config.ts';

/** A part that a setting names, and a way to check that it can be reached. */
export interface Reachable {
  /** Such as `DATABASE_URL: PostgreSQL at db.internal:5432`. Contains no secret. */
  readonly name: string;
  /** @throws within {@link connectTimeoutMs} if it cannot be used now; a {@link ConfigError} if waiting does not help */
  attempt(): Promise<void>;
}

/** A check takes two steps of at most this long, so a part that cannot be reached is reported within 10 s of the start. */
export const connectTimeoutMs = 3_000;
const pauseMs = 2_000;
const reportEveryMs = 10_000;

/** The reason why a connection failed, as the system gives it; of several addresses, the first. */
export function reasonOf(error: unknown): string {
  const { errors, message, code } = error as Error & { errors?: Error[]; code?: string };
  return (errors?.[0]?.message ?? message) || code || 'no reason was given';
}

/**
 * Waits until a part can be reached. Reports at once that it cannot, and again every ten seconds.
 *
 * @param report - called with a line that names setting, address and reason
 * @param signal - aborts the wait
 * @throws ConfigError if the part rejects our settings; the signal's reason when it is aborted
 */
export async function untilReached(
  part: Reachable,
  report: (line: string) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const beganAt = performance.now();
  for (let reportedAt = Number.NEGATIVE_INFINITY; ; ) {
    signal.throwIfAborted();
    const reason = await part.attempt().then(
      () => null,
      (error: unknown) => {
        if (error instanceof ConfigError) throw error;
        return reasonOf(error);
      },
    );
    const now = performance.now();
    const seconds = Math.round((now - beganAt) / 1_000);
    if (reason === null) {
      if (reportedAt > 0) report(`${part.name} answers, after ${seconds} s`);
      return;
    }
    if (now - reportedAt >= reportEveryMs) {
      const since = reportedAt > 0 ? ` (for ${seconds} s now)` : '';
      report(`${part.name} cannot be reached${since}: ${reason}. Trying again every ${pauseMs / 1_000} s.`);
      reportedAt = now;
    }
    // An aborted sleep has an error of its own.
    await sleep(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** PostgreSQL's error codes for a wrong password, user or database. */
const refusedCodes = ['28P01', '28000', '3D000'];

/** @param url - the value of DATABASE_URL; its password is never reported */
export function reachableDatabase(url: string): Reachable {
  const { hostname, port, searchParams } = new URL(url);
  const name = `DATABASE_URL: PostgreSQL at ${searchParams.get('host') ?? (hostname || 'localhost')}:${port || 5432}`;
  return {
    name,
    async attempt() {
      const options = { connectionTimeoutMillis: connectTimeoutMs, query_timeout: connectTimeoutMs };
      const client = new pg.Client({ connectionString: url, ...options });
      client.on('error', () => {});
      try {
        await client.connect();
        await client.query('SELECT 1');
      } catch (error) {
        const { code, message } = error as Error & { code?: string };
        if (refusedCodes.includes(code ?? ''))
          throw new ConfigError([`${name} refuses: ${message}. Check user, password and database in DATABASE_URL.`]);
        throw error;
      } finally {
        void client.end().catch(() => {});
      }
    },
  };
}
