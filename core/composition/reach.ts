import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { ConfigError } from './config.ts';

/** A part that a setting names, and how it is asked whether it is there. */
export interface Reachable {
  /** Such as `DATABASE_URL: PostgreSQL at db.internal:5432`; without anything secret. */
  readonly name: string;
  /** @throws within {@link patienceMs}, saying why it cannot be used now; a {@link ConfigError} where waiting does not mend that */
  attempt(): Promise<void>;
}

/** Two steps of this length and the start of the process itself: what cannot be reached is told within 10 s. */
export const patienceMs = 3_000;
const pauseMs = 2_000;
const tellEveryMs = 10_000;

/** What the system says of a connection that did not come about; of several addresses, the first. */
export function reasonOf(error: unknown): string {
  const { errors, message, code } = error as Error & { errors?: Error[]; code?: string };
  return (errors?.[0]?.message ?? message) || code || 'no reason was given';
}

/**
 * Waits until a part can be reached. That it cannot is told at once, and again every ten seconds while it is so.
 *
 * @param tell - given a line that names setting, address and reason
 * @param signal - aborts the wait
 * @throws ConfigError where the part answers that it will not serve us; the signal's reason once it is aborted
 */
export async function untilReached(
  part: Reachable,
  tell: (line: string) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const beganAt = performance.now();
  for (let toldAt = Number.NEGATIVE_INFINITY; ; ) {
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
      if (toldAt > 0) tell(`${part.name} answers, after ${seconds} s`);
      return;
    }
    if (now - toldAt >= tellEveryMs) {
      const since = toldAt > 0 ? ` (for ${seconds} s now)` : '';
      tell(`${part.name} cannot be reached${since}: ${reason}. Trying on every ${pauseMs / 1_000} s.`);
      toldAt = now;
    }
    await sleep(pauseMs, undefined, { signal });
  }
}

/** PostgreSQL's answers that say that a setting is wrong: the password, the user, the database. */
const refusals = ['28P01', '28000', '3D000'];

/** @param url - of DATABASE_URL; its password is never told */
export function reachableDatabase(url: string): Reachable {
  const { hostname, port } = new URL(url);
  const name = `DATABASE_URL: PostgreSQL at ${hostname || 'localhost'}:${port || 5432}`;
  return {
    name,
    async attempt() {
      const options = { connectionTimeoutMillis: patienceMs, query_timeout: patienceMs };
      const client = new pg.Client({ connectionString: url, ...options });
      client.on('error', () => {});
      try {
        await client.connect();
        await client.query('SELECT 1');
      } catch (error) {
        const { code, message } = error as Error & { code?: string };
        if (refusals.includes(code ?? '')) throw new ConfigError([`${name} refuses: ${message}.`]);
        throw error;
      } finally {
        void client.end().catch(() => {});
      }
    },
  };
}
