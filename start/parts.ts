import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Config, ConfigError, loadConfig, settingsOf } from '../core/composition/config.ts';
import { reachableDatabase, untilReached } from '../core/composition/reach.ts';
import { killStarted } from '../local/childProcess.ts';
import { ownDatabases } from '../local/databaseRoles.ts';
import { nodeEnvironment } from '../local/environment.ts';
import { type LocalPostgres, startPostgres } from '../local/postgres.ts';
import { type Progress, toStderr } from '../local/progress.ts';
import { type LocalTemporal, startTemporal } from '../local/temporal.ts';
import { migrate } from '../prisma/migrate.ts';
import { DATABASE, DATABASE_ROLE, type DataFolder, openDataFolder } from './dataFolder.ts';
import { startNode } from './nodeProcess.ts';
import { firstOperatorKey } from './operatorKey.ts';
import { type Part, startPart } from './part.ts';
import { promoteThisBuild, tellWhereAway } from './promotion.ts';

/** Everything that `npm start` runs. The embedded parts are null where the environment names others. */
export interface Parts {
  readonly postgres: Part | null;
  readonly temporal: Part | null;
  readonly api: Part;
  readonly worker: Part;
  /** Where the API answers, such as `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly databaseUrl: string;
  /** The operator's key: given in the environment, or made by this very start; null where an earlier one made it. */
  readonly operatorKey: string | null;
  readonly folder: string;
  /** How each process ended that ended without having been asked to: what a caller that loses its connection wants to know. */
  readonly endings: readonly string[];
  /** Drains and ends all of it, and nothing else. */
  stop(): Promise<void>;
  /** Ends all of it at once, as a power cut does. The data folder stays as it is. */
  kill(): Promise<void>;
}

export interface PartsOptions {
  /** As `npm start` reads it, and passed on to API and worker. */
  readonly env: NodeJS.ProcessEnv;
  /** Default: lines on standard error. */
  readonly progress?: Progress;
  /** Gives up the start within 5 s, and ends what it had begun. */
  readonly signal?: AbortSignal;
  /** Settings of the embedded PostgreSQL over its own, by their PostgreSQL names. */
  readonly postgresSettings?: Readonly<Record<string, string>>;
}

/**
 * What the API makes for one event lives a little longer than the room that Node gives to new objects lasts under load, and
 * was then collected at ten times the price.
 */
const API_FLAGS = ['--max-semi-space-size=32'];
/** A worker mostly waits: what Node would give its new objects took 30 MB, and made nothing faster. */
const WORKER_FLAGS = ['--max-semi-space-size=4'];
/** How long what is starting may take to give up, and PostgreSQL to write what it has. */
const GIVE_UP_MS = 1_500;
/** How long API and worker may take to finish what is in flight. */
const DRAIN_MS = 30_000;
/** Temporal survives being killed; it only takes long to end while its own pollers wait. */
const TEMPORAL_PATIENCE_MS = 2_000;

/** As `Promise.all`, but only once everything has come to an end, so that what was begun can be ended in order. */
async function allOf<T extends readonly unknown[]>(work: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const outcomes = await Promise.allSettled(work);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return Promise.all(work) as unknown as Promise<T>;
}

/** A port that is taken is told before anything else is started. */
async function checkPort(host: string, port: number): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const what =
        error.code === 'EADDRINUSE' ? `PORT: ${port} is taken by another program` : `HOST, PORT: ${error.message}`;
      reject(new ConfigError([`${what}. Choose another, or 0 for any free one.`]));
    });
    server.listen(port, host, resolve);
  });
  const { port: actual } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return actual;
}

function urlOf(host: string, port: number): string {
  // The address to listen on everywhere is none to call.
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** Started again on the port that everything else knows, or not at all: the port may be free again a moment later. */
async function onPort<T extends LocalPostgres | LocalTemporal>(
  start: (signal: AbortSignal) => Promise<T>,
  port: (started: T) => number,
  signal: AbortSignal,
) {
  const first = await start(signal);
  const wanted = port(first);
  let started: T | null = first;
  return {
    first,
    async start(again: AbortSignal): Promise<T> {
      const server = started ?? (await start(again));
      started = null;
      if (port(server) === wanted) return server;
      await server.stop();
      throw new Error(`port ${wanted} is taken`);
    },
  };
}

async function startAll(
  config: Config,
  options: PartsOptions,
  folder: DataFolder,
  begun: Part[],
  signal: AbortSignal,
): Promise<Parts> {
  const { progress = toStderr } = options;
  const endings: string[] = [];
  const ended = (how: string) => {
    endings.push(how);
  };
  const port = await checkPort(config.host, config.port);
  const { databaseUrl: givenUrl, encryptionKeys: givenKeys } = config;
  if (givenUrl !== null && givenKeys === null) {
    throw new ConfigError([
      'EVERHOOK_ENCRYPTION_KEYS: is missing. With a database of your own the keys that encrypt its secrets are yours to keep. ' +
        'Set it to <name>:<key>, for example k1:$(openssl rand -base64 32), and keep a copy.',
    ]);
  }
  const encryptionKeys = givenKeys ?? (await folder.encryptionKeys());
  const wanted = await folder.ports();
  // Before anything is started here: what the environment names is there, or is waited for where nothing goes without it.
  const { address: givenAddress } = config.temporal;
  await Promise.all([
    givenUrl === null ? null : untilReached(reachableDatabase(givenUrl), progress, signal),
    givenAddress === null ? null : tellWhereAway({ ...config.temporal, address: givenAddress }, progress),
  ]);
  signal.throwIfAborted();

  // A local Temporal keeps its data in the embedded PostgreSQL, also where the product's own is elsewhere.
  let postgres: Part | null = null;
  let server: LocalPostgres | null = null;
  if (givenUrl === null || config.temporal.address === null) {
    progress('Starting PostgreSQL');
    const settings = options.postgresSettings ?? {};
    let at = wanted.postgres ?? 0;
    const embedded = await onPort(
      (each) => startPostgres({ folder: folder.file('postgres'), port: at, settings, signal: each }),
      (started) => started.port,
      signal,
    );
    server = embedded.first;
    at = server.port;
    postgres = await startPart('PostgreSQL', embedded.start, { patienceMs: DRAIN_MS, progress, ended });
    begun.push(postgres);
  }

  const prepareDatabase = async () => {
    const embedded = server as LocalPostgres;
    const url = givenUrl ?? embedded.urlFor(await ownDatabases(embedded, DATABASE_ROLE, [DATABASE]), DATABASE);
    const applied = await migrate(url);
    if (applied.length > 0) progress(`Applied ${applied.length} database migration${applied.length === 1 ? '' : 's'}`);
    return url;
  };

  const prepareTemporal = async () => {
    if (config.temporal.address !== null) return { part: null, address: config.temporal.address, ports: [] };
    progress('Starting Temporal');
    let ports = wanted.temporal ?? [];
    const local = await onPort(
      (each) =>
        startTemporal({
          signal: each,
          folder: folder.path,
          postgres: server as LocalPostgres,
          ports,
          namespace: config.temporal.namespace,
          progress,
        }),
      (started) => started.ports[0] as number,
      signal,
    );
    ports = local.first.ports;
    const part = await startPart('Temporal', local.start, { patienceMs: TEMPORAL_PATIENCE_MS, progress, ended });
    begun.push(part);
    return { part, address: local.first.address, ports };
  };

  const [databaseUrl, temporal] = await allOf([prepareDatabase(), prepareTemporal()]);
  const { address, ports } = temporal;
  await folder.keepPorts({
    ...(server ? { postgres: server.port } : {}),
    ...(ports.length > 0 ? { temporal: ports } : {}),
  });
  const operatorKey = config.operatorKey ?? (await firstOperatorKey(databaseUrl));

  progress('Starting the API and the worker');
  const settings = {
    ...options.env,
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: address,
    EVERHOOK_ENCRYPTION_KEYS: encryptionKeys,
    EVERHOOK_DATA_DIR: folder.path,
    EVERHOOK_GRAPHIQL: String(config.graphql.graphiql),
    // Relative to where this process runs, which the others do not.
    EVERHOOK_TRUSTED_DOCUMENTS: config.graphql.trustedDocuments ?? '',
  };
  signal.throwIfAborted();
  const run = async (
    name: string,
    entry: string,
    file: 'api' | 'worker',
    flags: readonly string[],
    mayWait: boolean,
  ) => {
    const files = { pidFile: folder.file(`${file}.pid`), log: folder.file('logs', `${file}.log`) };
    const env = { ...nodeEnvironment(options.env), ...settingsOf(file, settings) };
    const start = (each: AbortSignal) =>
      startNode(name, entry, { flags, env, ...files, progress, mayWait, signal: each });
    const part = await startPart(name, start, { patienceMs: DRAIN_MS, progress, ended, signal });
    begun.push(part);
    return part;
  };
  const [api, worker] = await allOf([
    run('The API', 'server/processes/api.js', 'api', API_FLAGS, false),
    run('The worker', 'server/processes/worker.js', 'worker', WORKER_FLAGS, givenAddress !== null),
  ]).catch((error) => {
    // The key is in force already, and will not be shown by the next start.
    if (config.operatorKey === null && operatorKey !== null) progress(`Operator key, shown this once: ${operatorKey}`);
    throw error;
  });
  const promotion = promoteThisBuild({ ...config.temporal, address }, givenAddress === null, progress);
  if (givenAddress === null) await Promise.race([promotion.done, untilAborted(signal)]);
  const all = [api, worker, temporal.part, postgres].filter((part) => part !== null);
  return {
    postgres,
    temporal: temporal.part,
    api,
    worker,
    url: urlOf(config.host, port),
    databaseUrl,
    operatorKey,
    folder: folder.path,
    endings,
    async stop() {
      promotion.stop();
      await stopAll(all);
      await folder.release();
    },
    async kill() {
      promotion.stop();
      await Promise.all(all.map((part) => part.kill()));
      await folder.release();
    },
  };
}

/** API and worker first, together, because they still write; then what they write to. */
async function stopAll(parts: readonly Part[]): Promise<void> {
  const last = parts.filter((part) => part.name === 'Temporal' || part.name === 'PostgreSQL');
  await Promise.all(parts.filter((part) => !last.includes(part)).map((part) => part.stop()));
  for (const name of ['Temporal', 'PostgreSQL']) await last.find((part) => part.name === name)?.stop();
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Ends in seconds what had been begun: nobody was served yet, and PostgreSQL keeps what it has also when it is killed. */
async function giveUp(starting: Promise<unknown>, begun: readonly Part[]): Promise<void> {
  const patience = () => sleep(GIVE_UP_MS, undefined, { ref: false });
  await Promise.race([starting.catch(() => {}), patience()]);
  const postgres = begun.find((part) => part.name === 'PostgreSQL');
  await Promise.all(begun.filter((part) => part !== postgres).map((part) => part.kill()));
  await Promise.race([postgres?.stop(), patience()]);
  killStarted();
}

/**
 * Starts the whole product: embedded parts where the environment names none, migrations, API and worker.
 *
 * @throws ConfigError naming every wrong key; what failed to start, after ending what had been started; or the reason of
 * the signal
 */
export async function startParts(options: PartsOptions): Promise<Parts> {
  const config = loadConfig(options.env);
  const folder = await openDataFolder(config.dataDir);
  const begun: Part[] = [];
  const { signal = new AbortController().signal } = options;
  const starting = startAll(config, options, folder, begun, signal);
  try {
    return await Promise.race([starting, untilAborted(signal)]);
  } catch (error) {
    await (signal.aborted ? giveUp(starting, begun) : stopAll(begun));
    await folder.release();
    throw error;
  }
}
