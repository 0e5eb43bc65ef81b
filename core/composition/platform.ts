import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { Closing } from '../ground/closing.ts';
import { userAgent } from '../ground/version.ts';
import { createNotifier, type Notifier } from '../live/notifier.ts';
import { announceKeys } from '../secrets/keyHolders.ts';
import { type KeyRing, parseKeyRing } from '../secrets/keyRing.ts';
import type { Egress } from '../sender/egress.ts';
import type { Sender } from '../sender/exchange.ts';
import { createSender } from '../sender/sender.ts';
import { type Database, openDatabase } from '../store/database.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { openEgress } from './egress.ts';
import { followLogLevel, type LogLevelControl } from './logLevel.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import type { ProcessConfig } from './processConfig.ts';
import { reachableDatabase, throughOutages } from './reach.ts';
import { addStoreGauges } from './storeGauges.ts';

/** What every process opens first. */
export interface Platform extends Omit<Database, 'close' | 'sharedPools'> {
  readonly keys: KeyRing;
  readonly metrics: Metrics;
  /** The installation's way out; null: directly. */
  readonly egress: Egress | null;
  readonly sender: Sender;
  readonly notifier: Notifier;
  /** Null: off. */
  readonly tracing: Tracing | null;
  readonly log: Logger;
  readonly logLevel: LogLevelControl;
  /** Closes what the process has opened. Whoever opens more adds it here. */
  readonly closing: Closing;
}

/**
 * @param database - bounds of the database's connections, see `openDatabase`
 * @param waiting - gets what the start waits for. Default: the log
 */
export async function openPlatform(
  config: ProcessConfig,
  log: Logger,
  database: { readonly connections: number; readonly hotConnections?: number; readonly statementMs?: number },
  telemetry: Telemetry | null = null,
  waiting: (line: string) => void = (line) => log.warn(line),
): Promise<Platform> {
  const closing = new Closing(log);
  const metrics = createMetrics();
  const { pool, hotPool, sharedPools, heartbeatPool, prisma } = closing.add(
    'connections to the database',
    openDatabase(config.databaseUrl, {
      ...database,
      onWaited: metrics.waitedForConnection,
      onIdleError: (error) => log.warn({ err: error }, 'a database connection was lost'),
    }),
  );
  const sum = (count: (each: Pool) => number) => sharedPools.reduce((all, each) => all + count(each), 0);
  metrics.gaugeOfStates(
    'everhook_database_connections',
    'Connections to PostgreSQL in use and free, and queries that wait for one.',
    () => ({
      used: sum((each) => each.totalCount - each.idleCount),
      free: sum((each) => each.idleCount),
      waiting: sum((each) => each.waitingCount),
    }),
  );
  metrics.gauge('everhook_database_connections_max', 'Connections to PostgreSQL that this process may have.', () =>
    sum((each) => each.options.max),
  );
  addStoreGauges({ pool, metrics, log });
  const keys = parseKeyRing(config.encryptionKeys);
  closing.add(
    'the announcement of keys',
    await throughOutages(reachableDatabase(config.databaseUrl), () => announceKeys(pool, keys, log), waiting),
  );
  const egress = openEgress(config.outbound, log, metrics);
  const sender = closing.add(
    'the sender',
    createSender({ ...config, userAgent, egress, exchanges: config.concurrency.perProcess }),
  );
  const notifier = closing.add('notifications to live feeds', createNotifier(hotPool, log));
  const tracing = telemetry?.tracing ?? null;
  const logLevel = closing.add('the log level', followLogLevel({ pool, log }));
  return {
    logLevel,
    pool,
    hotPool,
    heartbeatPool,
    prisma,
    keys,
    metrics,
    egress,
    sender,
    notifier,
    tracing,
    log,
    closing,
  };
}
