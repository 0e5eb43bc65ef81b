import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './prisma/client.ts';

/** The store: Prisma for what people read and configure, the pool for the set-based statements of the hot path. */
export interface Database {
  readonly pool: pg.Pool;
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
  pool.on('error', options.onIdleError ?? (() => {}));
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    pool,
    prisma,
    async close() {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}
