import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { outageOf } from '../ground/outage.ts';
import { sharesSessions } from '../store/pooler.ts';
import { migrationNames, StartRefused, schemaStanding } from '../store/schemaVersion.ts';
import { ConfigError } from './config.ts';

/** A part that a setting names, and a way to check that it can be reached. */
export interface Reachable {
  /** Such as `DATABASE_URL: PostgreSQL at db.internal:5432`. Contains no secret. */
  readonly name: string;
  /** What is said of it while it cannot be used, and once it can. @default `cannot be reached` and `answers` */
  readonly states?: { readonly away: string; readonly there: string };
  /**
   * @throws within {@link connectTimeoutMs} if it cannot be used now; a {@link ConfigError} or {@link StartRefused} if waiting
   *   does not help
   */
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

/** @returns why it failed, in words, if trying again may help; otherwise null */
type Passing = (error: unknown) => string | null;

async function tryOn<T>(
  { name, away, there }: { readonly name: string; readonly away: string; readonly there: string },
  attempt: () => Promise<T>,
  passing: Passing,
  report: (line: string) => void,
  signal: AbortSignal,
): Promise<T> {
  const beganAt = performance.now();
  for (let reportedAt = Number.NEGATIVE_INFINITY; ; ) {
    signal.throwIfAborted();
    const outcome = await attempt().then(
      (value) => ({ value }),
      (error: unknown) => {
        const reason = passing(error);
        if (reason === null) throw error;
        return reason;
      },
    );
    const now = performance.now();
    const seconds = Math.round((now - beganAt) / 1_000);
    if (typeof outcome === 'object') {
      if (reportedAt > 0) report(`${name} ${there}, after ${seconds} s`);
      return outcome.value;
    }
    if (now - reportedAt >= reportEveryMs) {
      const since = reportedAt > 0 ? ` (for ${seconds} s now)` : '';
      report(`${name} ${away}${since}: ${outcome}. Trying again every ${pauseMs / 1_000} s.`);
      reportedAt = now;
    }
    // An aborted sleep has an error of its own.
    await sleep(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/**
 * Waits until a part can be reached. Reports at once that it cannot, and again every ten seconds.
 *
 * @param report - called with a line that names setting, address and reason
 * @param signal - aborts the wait
 * @throws ConfigError if the part rejects our settings; StartRefused if this build cannot use it; the signal's reason when it is
 *   aborted
 */
export async function untilReached(
  part: Reachable,
  report: (line: string) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const states = part.states ?? { away: 'cannot be reached', there: 'answers' };
  const passing: Passing = (error) =>
    error instanceof ConfigError || error instanceof StartRefused ? null : reasonOf(error);
  return tryOn({ name: part.name, ...states }, () => part.attempt(), passing, report, signal);
}

/**
 * Does a step of a start for which a part must serve. The part answered a moment ago, and may be away again: then the step is done
 * again until it succeeds, and that is reported as {@link untilReached} does.
 *
 * @param work - may be done again after it has failed
 * @throws the first error that is no outage; the signal's reason when it is aborted
 */
export async function throughOutages<T>(
  { name }: Pick<Reachable, 'name'>,
  work: () => Promise<T>,
  report: (line: string) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<T> {
  const passing: Passing = (error) => {
    const outage = outageOf(error);
    return outage && `${reasonOf(error)} (${outage.cause})`;
  };
  return tryOn({ name, away: 'is away again', there: 'serves' }, work, passing, report, signal);
}

/** PostgreSQL's error codes for a wrong password, user or database. */
const refusedCodes = ['28P01', '28000', '3D000'];

const placeOf = (url: string) => {
  const { hostname, port, searchParams } = new URL(url);
  return `${searchParams.get('host') ?? (hostname || 'localhost')}:${port || 5432}`;
};

const options = { connectionTimeoutMillis: connectTimeoutMs, query_timeout: connectTimeoutMs };

async function onConnection(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, ...options });
  client.on('error', () => {});
  try {
    await client.connect();
    await work(client);
  } finally {
    void client.end().catch(() => {});
  }
}

/** @param url - the value of DATABASE_URL; its password is never reported */
export function reachableDatabase(url: string): Reachable {
  const name = `DATABASE_URL: PostgreSQL at ${placeOf(url)}`;
  return {
    name,
    async attempt() {
      try {
        await onConnection(url, async (client) => {
          await client.query('SELECT 1');
        });
        const shared = await sharesSessions(url, options);
        if (shared !== null) {
          throw new ConfigError([
            `${name} is a pooler (${shared}). Everhook needs sessions of its own, for LISTEN, time limits and prepared ` +
              'statements. Set DATABASE_URL to the direct address of PostgreSQL.',
          ]);
        }
      } catch (error) {
        const { code, message } = error as Error & { code?: string };
        if (refusedCodes.includes(code ?? ''))
          throw new ConfigError([`${name} refuses: ${message}. Check user, password and database in DATABASE_URL.`]);
        throw error;
      }
    },
  };
}

/** A database that has every migration of this build: until then an API process answers its probes only, and a worker waits. */
export function migratedDatabase(url: string): Reachable {
  return {
    name: `DATABASE_URL: the database on ${placeOf(url)}`,
    states: { away: 'is not ready', there: 'is ready' },
    attempt: () =>
      onConnection(url, async (client) => {
        const { lacking } = await schemaStanding(client, await migrationNames());
        if (lacking !== null) throw new Error(`${lacking}: everhook-server migrate applies what is missing`);
      }),
  };
}
