import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { parseJson } from '../json/parseJson.ts';
import { BoundedClient, dropIdleAfterTimeout } from './boundedClient.ts';
import { MeasuredPool } from './measuredPool.ts';
import { PrismaClient } from './prisma/client.ts';

/** JSON columns are parsed as all other JSON is. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    format !== 'binary' && (oid === pg.types.builtins.JSON || oid === pg.types.builtins.JSONB)
      ? parseJson
      : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
};

/** The database: Prisma for reads and configuration, the pools for set-based statements. */
export interface Database {
  readonly pool: pg.Pool;
  /**
   * A few connections for what all organizations wait for: to store events, to record attempts, and to tell live readers of both.
   * That never waits behind somebody's queries. The same as `pool` where none were asked for.
   */
  readonly hotPool: pg.Pool;
  /** The pools whose connections queries wait for: all but the heartbeat's. */
  readonly sharedPools: readonly pg.Pool[];
  /** One connection for this process's heartbeats, so that they never wait behind other queries. */
  readonly heartbeatPool: pg.Pool;
  readonly prisma: PrismaClient;
  close(): Promise<void>;
}

/** A client gives up on a statement this much later than PostgreSQL does, whose error says more. Milliseconds. */
const graceMs = 2_000;
/** How long closing the connections may take, in milliseconds: a server that hangs never answers. */
const closeTimeoutMs = 2_000;

/**
 * @param url - PostgreSQL connection string
 * @param options.connections - maximum number of connections of `pool`
 * @param options.hotConnections - the same of `hotPool`
 * @param options.statementMs - a statement that takes this long is stuck and fails, which frees its connection.
 *   @default 15,000
 * @param options.onWaited - called when a query found no free connection, with the time until it had one
 * @param options.onIdleError - called when an idle connection is lost; the pool replaces it by itself
 */
export function openDatabase(
  url: string,
  options: {
    connections?: number;
    hotConnections?: number;
    statementMs?: number;
    onIdleError?: (error: Error) => void;
    onWaited?: (durationMs: number) => void;
  } = {},
): Database {
  const statementMs = options.statementMs ?? 15_000;
  const pool = poolOf(url, { max: options.connections ?? 10, connectMs: 5_000, statementMs });
  const { hotConnections } = options;
  const hotPool = hotConnections ? poolOf(url, { max: hotConnections, connectMs: 5_000, statementMs }) : pool;
  const heartbeatPool = poolOf(url, { max: 1, connectMs: 2_000, statementMs: 5_000 });
  const sharedPools = hotPool === pool ? [pool] : [pool, hotPool];
  if (options.onWaited) for (const each of sharedPools) each.onWaited = options.onWaited;
  const pools = [...sharedPools, heartbeatPool];
  for (const each of pools) {
    each.on('error', options.onIdleError ?? (() => {}));
    // When a connection breaks while it is checked out, its next query fails. Without a listener the event would end the process.
    each.on('connect', (client) => client.on('error', () => {}));
  }
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool),
    // Longer than the pool's own timeout, so that the error is the pool's, which names the cause.
    transactionOptions: { maxWait: 6_000, timeout: statementMs },
  });
  return {
    pool,
    hotPool,
    sharedPools,
    heartbeatPool,
    prisma,
    async close() {
      await prisma.$disconnect();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, closeTimeoutMs);
      });
      await Promise.race([Promise.all(pools.map((each) => each.end())), late]);
      clearTimeout(timer);
    },
  };
}

/**
 * Has PostgreSQL end a transaction whose client says nothing for so long: a process that was stopped or cut off amid one would hold its
 * rows until the operating system gives the connection up, which takes hours. Not with the connection's start-up parameters: a PgBouncer
 * refuses those that it was not told of.
 */
const endIdleTransactions = (ms: number) => async (client: pg.ClientBase) => {
  await client.query(`SET idle_in_transaction_session_timeout = ${ms}`);
};

function poolOf(url: string, { max, connectMs, statementMs }: { max: number; connectMs: number; statementMs: number }) {
  const config = {
    connectionString: url,
    types,
    max,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    answerTimeoutMillis: statementMs + graceMs,
    onConnect: endIdleTransactions(statementMs),
    keepAlive: true,
    Client: BoundedClient,
  };
  const pool = new MeasuredPool(config);
  dropIdleAfterTimeout(pool);
  return pool;
}
