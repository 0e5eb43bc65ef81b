import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { parseJson } from '../json/parseJson.ts';
import { BoundedClient, dropSilentTogether } from './boundedClient.ts';
import { PrismaClient } from './prisma/client.ts';

/** Columns of JSON are read by the one reader of all parts. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    format !== 'binary' && (oid === pg.types.builtins.JSON || oid === pg.types.builtins.JSONB)
      ? parseJson
      : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
};

/** The store: Prisma for what people read and configure, the pool for the set-based statements of the hot path. */
export interface Database {
  readonly pool: pg.Pool;
  /** One connection for what says that this process lives: no query of anybody's keeps it waiting. */
  readonly heartbeatPool: pg.Pool;
  readonly prisma: PrismaClient;
  close(): Promise<void>;
}

/** How much later than PostgreSQL itself a client gives up on a statement, in milliseconds: PostgreSQL says why. */
const graceMs = 2_000;
/** How long the connections may take to end, in milliseconds: a server that hangs says no goodbye. */
const goodbyeMs = 2_000;

/**
 * @param url - PostgreSQL connection string
 * @param options.connections - most connections this process opens; Prisma and the hot path share them
 * @param options.statementMs - a statement that takes this long is stuck behind something broken: failing it frees the
 *   connection. @default 15,000
 * @param options.onIdleError - told of a connection lost while idle; the pool replaces it by itself
 */
export function openDatabase(
  url: string,
  options: { connections?: number; statementMs?: number; onIdleError?: (error: Error) => void } = {},
): Database {
  const statementMs = options.statementMs ?? 15_000;
  const pool = poolOf(url, { max: options.connections ?? 10, connectMs: 5_000, statementMs });
  const heartbeatPool = poolOf(url, { max: 1, connectMs: 2_000, statementMs: 5_000 });
  for (const each of [pool, heartbeatPool]) {
    each.on('error', options.onIdleError ?? (() => {}));
    // Of a connection that breaks while somebody has it, its next query tells; the event, unheard, would end the process.
    each.on('connect', (client) => client.on('error', () => {}));
  }
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool),
    // Longer than the pool's own patience, so that it is the pool that says what was missing.
    transactionOptions: { maxWait: 6_000, timeout: statementMs },
  });
  return {
    pool,
    heartbeatPool,
    prisma,
    async close() {
      await prisma.$disconnect();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, goodbyeMs);
      });
      await Promise.race([Promise.all([pool.end(), heartbeatPool.end()]), late]);
      clearTimeout(timer);
    },
  };
}

function poolOf(url: string, { max, connectMs, statementMs }: { max: number; connectMs: number; statementMs: number }) {
  const config = {
    connectionString: url,
    types,
    max,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    answerTimeoutMillis: statementMs + graceMs,
    keepAlive: true,
    Client: BoundedClient,
  };
  const pool = new pg.Pool(config);
  dropSilentTogether(pool);
  return pool;
}
