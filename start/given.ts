import pg from 'pg';
import type { Logger } from 'pino';
import { settingsOf } from '../core/composition/config.ts';
import { followLogLevel } from '../core/composition/logLevel.ts';
import { loadProcessConfig, type ProcessConfig } from '../core/composition/processConfig.ts';
import { reachableDatabase, throughOutages, untilReached } from '../core/composition/reach.ts';
import { adjustableLevel } from '../core/ground/logLevel.ts';
import { nodeEnvironment } from '../local/environment.ts';
import { isOlderThan, migrate } from '../prisma/migrate.ts';
import { createWaitingRoom, type WaitingRoom } from '../server/http/waitingRoom.ts';
import { apiFlags, workerFlags } from './nodeFlags.ts';
import { startNode } from './nodeProcess.ts';
import { hasOperatorKey } from './operatorKey.ts';
import { drainMs, type Part, precedenceOf, startPart } from './part.ts';
import { promoteThisBuild, warnWhereAway } from './promotion.ts';
import { untilAborted } from './untilAborted.ts';

/** An API and a worker on a PostgreSQL and a Temporal of the environment. */
export interface Given {
  /** The processes that run now. */
  pids(): readonly number[];
  /** Drains and ends both. */
  stop(): Promise<void>;
}

/**
 * Starts API and worker where nothing is embedded, as in the image: it writes no file, and both log to standard output.
 * The migrations are applied first, and workflows are given to this build.
 *
 * @param signal - gives up the start, and ends what had been started
 * @throws ConfigError naming every wrong or missing key
 */
export async function startGiven(env: NodeJS.ProcessEnv, log: Logger, signal: AbortSignal): Promise<Given> {
  const config = loadProcessConfig(env);
  const { databaseUrl, temporal } = config;
  log.level = config.logLevel;
  const level = adjustableLevel(log);
  process.on('SIGUSR2', () => level.toggle());
  const progress = (line: string) => log.info(line);
  const preparing = inWaitingRooms(config, async (waitsFor) => {
    const reachable = reachableDatabase(databaseUrl);
    await untilReached(reachable, progress, signal);
    waitsFor('migrations');
    await warnWhereAway(temporal, progress);
    const prepare = async () => {
      const applied = await migrate(databaseUrl, undefined, progress, signal);
      if (applied.length > 0) log.info({ applied }, 'applied database migrations');
      if (config.operatorKey === null && !(await hasOperatorKey(databaseUrl))) {
        log.warn('there is no operator key, so nobody can create an organization: set EVERHOOK_OPERATOR_KEY');
      }
    };
    await throughOutages(reachable, prepare, progress, signal);
  });
  // A migration may be broken off at any moment: the next start applies it.
  await Promise.race([preparing, untilAborted(signal)]);
  const following = followLevel(databaseUrl, log);

  const started: Part[] = [];
  const run = async (name: string, kind: 'api' | 'worker', flags: readonly string[]) => {
    const own = { ...nodeEnvironment(env), ...settingsOf(kind, env) };
    const start = (each: AbortSignal) =>
      startNode(name, `server/processes/${kind}.js`, { flags, env: own, progress, mayWait: true, signal: each });
    const stopTimeoutMs = drainMs + config.shutdownDelayMs;
    started.push(await startPart(name, start, { stopTimeoutMs, progress, signal, precedence: precedenceOf[kind] }));
  };
  const stop = async () => {
    await Promise.all(started.map((part) => part.stop()));
    following.close();
  };
  const outcomes = await Promise.allSettled([
    run('The API', 'api', apiFlags),
    run('The worker', 'worker', workerFlags),
  ]);
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') continue;
    await stop();
    throw outcome.reason;
  }
  const promotion = promoteThisBuild(temporal, { own: false, isOlder: () => isOlderThan(databaseUrl) }, progress);
  return {
    pids: () => started.map(({ pid }) => pid),
    async stop() {
      promotion.stop();
      await stop();
    },
  };
}

/** Lets the log of `start` follow the level that the operator wants, over one connection. */
function followLevel(databaseUrl: string, log: Logger): { close(): void } {
  const timeouts = { connectionTimeoutMillis: 5_000, query_timeout: 5_000 };
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1, application_name: 'everhook start', ...timeouts });
  // The API and the worker report a database that is away.
  pool.on('error', () => {});
  const control = followLogLevel({ pool, log });
  return {
    close() {
      control.close();
      // A database that hangs must not hold up the end.
      pool.end().catch(() => {});
    },
  };
}

/** Answers probes on the ports of both processes meanwhile: a migration may take longer than a container may be silent. */
async function inWaitingRooms<T>(
  { host, port, workerMetricsPort }: ProcessConfig,
  work: (waitsFor: WaitingRoom['waitsFor']) => Promise<T>,
): Promise<T> {
  const rooms: WaitingRoom[] = [];
  try {
    for (const each of [port, workerMetricsPort]) {
      if (each === null) continue;
      const room = createWaitingRoom();
      rooms.push(room);
      await room.listen({ host, port: each });
    }
    return await work((part) => {
      for (const room of rooms) room.waitsFor(part);
    });
  } finally {
    await Promise.all(rooms.map((room) => room.close()));
  }
}
