import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './prisma/client.ts';

/** The store: Prisma for what people read and configure, the pool for the set-based statements of the hot path. */
export interface Database {
  readonly pool: pg.Pool;
  /** One connection for what says that this process lives: no query of anybody's keeps it waiting. */
  readonly pulse: pg.Pool;
  readonly prisma: PrismaClient;
  close(): Promise<void>;
}

/**
 * @param url - PostgreSQL connection string
 * @param options.connections - most connections this process opens; Prisma and the hot path share them
 * @param options.onIdleError - told of a connection lost while idle; the pool replaces it by itself
 */
export function openDatabase(
  url: string,
  options: { connections?: number; onIdleError?: (error: Error) => void } = {},
): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.connections ?? 10,
    connectionTimeoutMillis: 5_000,
    // A statement that waits this long is stuck behind something broken: failing it frees the connection.
    statement_timeout: 15_000,
    keepAlive: true,
  });
  const pulse = new pg.Pool({
    connectionString: url,
    max: 1,
    connectionTimeoutMillis: 2_000,
    statement_timeout: 5_000,
    query_timeout: 6_000,
    keepAlive: true,
  });
  for (const each of [pool, pulse]) {
    each.on('error', options.onIdleError ?? (() => {}));
    // Of a connection that breaks while somebody has it, its next query tells; the event, unheard, would end the process.
    each.on('connect', (client) => client.on('error', () => {}));
  }
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    pool,
    pulse,
    prisma,
    async close() {
      await prisma.$disconnect();
      await Promise.all([pool.end(), pulse.end()]);
    },
  };
}
