import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Config, ConfigError, loadConfig, noDatabaseParts, settingsOf } from '../core/composition/config.ts';
import { reachableDatabase, throughOutages, untilReached } from '../core/composition/reach.ts';
import { callableHost, listenProblem } from '../core/ground/listening.ts';
import { killStarted } from '../local/childProcess.ts';
import { ownDatabases } from '../local/databaseRoles.ts';
import { nodeEnvironment } from '../local/environment.ts';
import { type LocalPostgres, startPostgres } from '../local/postgres.ts';
import { type Progress, toStderr } from '../local/progress.ts';
import { type LocalTemporal, startTemporal } from '../local/temporal.ts';
import { isOlderThan, migrate } from '../prisma/migrate.ts';
import { listen } from '../server/http/listen.ts';
import { type DataFolder, openDataFolder, productDatabase, productRole } from './dataFolder.ts';
import { apiFlags, workerFlags } from './nodeFlags.ts';
import { startNode } from './nodeProcess.ts';
import { firstOperatorKey } from './operatorKey.ts';
import { drainMs, type Part, precedenceOf, startPart, temporalTimeoutMs } from './part.ts';
import { promoteThisBuild, warnWhereAway } from './promotion.ts';
import { untilAborted } from './untilAborted.ts';

/** Everything that `npm start` runs. Embedded parts are null if the environment names others. */
export interface Parts {
  readonly postgres: Part | null;
  readonly temporal: Part | null;
  readonly api: Part;
  readonly worker: Part;
  /** Where the API answers, such as `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly databaseUrl: string;
  /** The operator's key that a start made and nobody has seen yet; null if it was seen, or the environment gives one. */
  readonly operatorKey: string | null;
  /** To be called once the key was shown: no later start has it then. */
  keySeen(): Promise<void>;
  readonly folder: string;
  /** How each process ended that was not asked to end: the reason why a caller lost its connection. */
  readonly endings: readonly string[];
  /** Drains and ends all parts of this start, and nothing else. */
  stop(): Promise<void>;
  /** Ends everything at once, like a power cut. The data folder stays as it is. */
  kill(): Promise<void>;
}

export interface PartsOptions {
  /** Read by `npm start`, and passed on to API and worker. */
  readonly env: NodeJS.ProcessEnv;
  /** Default: lines on standard error. */
  readonly progress?: Progress;
  /** Gives up the start within 5 s, and ends what had been started. */
  readonly signal?: AbortSignal;
  /** Settings of the embedded PostgreSQL that override its own, by their PostgreSQL names. */
  readonly postgresSettings?: Readonly<Record<string, string>>;
}

/** How long a start may take to give up, and PostgreSQL to write its data. */
const stopTimeoutMs = 1_500;

/** As `Promise.all`, but settles only once everything has ended, so that started parts can be ended in order. */
async function allOf<T extends readonly unknown[]>(work: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const outcomes = await Promise.allSettled(work);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return Promise.all(work) as unknown as Promise<T>;
}

/** Reports a taken port before anything else is started. */
async function checkPort(host: string, port: number): Promise<number> {
  const server = createServer();
  const { port: actual } = await listen(server, port, host).catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError([listenProblem(error, host, port)]);
  });
  await new Promise((resolve) => server.close(resolve));
  return actual;
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
  // Before anything is started here, the parts that the environment names must answer; those that nothing can run
  // without are waited for.
  const { address: givenAddress } = config.temporal;
  await Promise.all([
    givenUrl === null ? null : untilReached(reachableDatabase(givenUrl), progress, signal),
    givenAddress === null ? null : warnWhereAway({ ...config.temporal, address: givenAddress }, progress),
  ]);
  signal.throwIfAborted();

  // A local Temporal keeps its data in the embedded PostgreSQL, even if the product's own database is elsewhere.
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
    postgres = await startPart('PostgreSQL', embedded.start, { stopTimeoutMs: drainMs, progress, ended });
    begun.push(postgres);
  }

  const prepareDatabase = async () => {
    const embedded = server as LocalPostgres;
    const url =
      givenUrl ?? embedded.urlFor(await ownDatabases(embedded, productRole, [productDatabase]), productDatabase);
    const applied = await throughOutages(
      reachableDatabase(url),
      () => migrate(url, undefined, progress, signal),
      progress,
      signal,
    );
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
          cli: config.temporalCli,
          progress,
        }),
      (started) => started.ports[0] as number,
      signal,
    );
    ports = local.first.ports;
    const part = await startPart('Temporal', local.start, {
      stopTimeoutMs: temporalTimeoutMs,
      progress,
      ended,
      precedence: 'last',
    });
    begun.push(part);
    return { part, address: local.first.address, ports };
  };

  const [databaseUrl, temporal] = await allOf([prepareDatabase(), prepareTemporal()]);
  const { address, ports } = temporal;
  await folder.keepPorts({
    ...(server ? { postgres: server.port } : {}),
    ...(ports.length > 0 ? { temporal: ports } : {}),
  });
  const makeKey = () => firstOperatorKey(databaseUrl, folder.unseenKey);
  const operatorKey =
    config.operatorKey === null
      ? await throughOutages(reachableDatabase(databaseUrl), makeKey, progress, signal)
      : null;

  progress('Starting the API and the worker');
  const settings = {
    ...options.env,
    PORT: String(port),
    ...noDatabaseParts,
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: address,
    EVERHOOK_ENCRYPTION_KEYS: encryptionKeys,
    EVERHOOK_DATA_DIR: folder.path,
    EVERHOOK_GRAPHIQL: String(config.graphql.graphiql),
    // Made absolute: the other processes run elsewhere.
    EVERHOOK_TRUSTED_DOCUMENTS: config.graphql.trustedDocuments ?? '',
    EVERHOOK_CA_FILE: config.outbound.certificates ?? '',
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
    const precedence = precedenceOf[file];
    const part = await startPart(name, start, { stopTimeoutMs: drainMs, progress, ended, precedence, signal });
    begun.push(part);
    return part;
  };
  const [api, worker] = await allOf([
    run('The API', 'server/processes/api.js', 'api', apiFlags, false),
    run('The worker', 'server/processes/worker.js', 'worker', workerFlags, givenAddress !== null),
  ]);
  const promotion = promoteThisBuild(
    { ...config.temporal, address },
    { own: givenAddress === null, isOlder: () => isOlderThan(databaseUrl) },
    progress,
  );
  if (givenAddress === null) await Promise.race([promotion.done, untilAborted(signal)]);
  const all = [api, worker, temporal.part, postgres].filter((part) => part !== null);
  return {
    postgres,
    temporal: temporal.part,
    api,
    worker,
    url: `http://${callableHost(config.host)}:${port}`,
    databaseUrl,
    operatorKey,
    keySeen: () => folder.unseenKey.forget(),
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

/** API and worker first, together, because they still write; then the stores that they write to. */
async function stopAll(parts: readonly Part[]): Promise<void> {
  const last = parts.filter((part) => part.name === 'Temporal' || part.name === 'PostgreSQL');
  await Promise.all(parts.filter((part) => !last.includes(part)).map((part) => part.stop()));
  for (const name of ['Temporal', 'PostgreSQL']) await last.find((part) => part.name === name)?.stop();
}

/**
 * Ends started parts within seconds. An API that is ready before the others serves already: it gets a moment to record what it has in
 * flight. PostgreSQL keeps its data also when it is killed.
 */
async function giveUp(starting: Promise<unknown>, begun: readonly Part[]): Promise<void> {
  const patience = () => sleep(stopTimeoutMs, undefined, { ref: false });
  await Promise.race([starting.catch(() => {}), patience()]);
  const postgres = begun.find((part) => part.name === 'PostgreSQL');
  const others = begun.filter((part) => part !== postgres);
  const serving = others.filter((part) => part.name !== 'Temporal');
  await Promise.race([Promise.all(serving.map((part) => part.stop())), patience()]);
  await Promise.all(others.map((part) => part.kill()));
  await Promise.race([postgres?.stop(), patience()]);
  killStarted();
}

/**
 * Starts the whole product: embedded parts if the environment names none, migrations, API and worker.
 *
 * @throws ConfigError naming every wrong key; the error of a part that failed to start, after ending the others; or the
 *   reason of the signal
 */
export async function startParts(options: PartsOptions): Promise<Parts> {
  const config = loadConfig(options.env);
  const { signal = new AbortController().signal } = options;
  const folder = await openDataFolder(config.dataDir, signal);
  const begun: Part[] = [];
  const starting = startAll(config, options, folder, begun, signal);
  try {
    return await Promise.race([starting, untilAborted(signal)]);
  } catch (error) {
    await (signal.aborted ? giveUp(starting, begun) : stopAll(begun));
    await folder.release();
    throw error;
  }
}
