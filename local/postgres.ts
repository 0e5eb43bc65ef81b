import { execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { chown, mkdir, mkdtemp, readdir, readFile, readlink, realpath, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { onFreePorts, PortTaken } from '../core/ground/freePorts.ts';
import { type LocalProcess, logLength, logTail, remember, saidSince, startProcess } from './childProcess.ts';
import { connected } from './connected.ts';
import { type Credentials, keptPassword } from './databaseRoles.ts';
import { plainEnvironment } from './environment.ts';
import { type Ending, howItEnded } from './howItEnded.ts';
import { type PostgresBinaries, postgresBinaries } from './postgresBinaries.ts';
import { endProcess, identify } from './processIdentity.ts';
import { type User, unprivileged } from './unprivileged.ts';

/** A PostgreSQL server that this process started on loopback. */
export interface LocalPostgres extends LocalProcess {
  readonly port: number;
  /** Holds the cluster, passwords and the log. */
  readonly folder: string;
  /** Connection string of a database on this server, for its administrator. Programs get roles of their own. */
  url(database: string): string;
  /** The same for a role. */
  urlFor(credentials: Credentials, database: string): string;
}

export interface PostgresOptions {
  /** Holds the cluster, the password and the log; made if missing. */
  readonly folder: string;
  /** Used if it is free, otherwise any other. */
  readonly port?: number;
  /** Gives up the start, and ends what was started. */
  readonly signal?: AbortSignal;
  /** Settings that override the ones below, by their PostgreSQL names. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The programs for the user who runs them. @default those that npm installed */
  readonly binaries?: (user: User | null) => Promise<PostgresBinaries>;
}

/** The cluster's superuser, which makes roles and databases. It has this name because the product once signed in as it. */
export const administratorRole = 'everhook';

/** Accepted data is on the disk: fsync and synchronous_commit keep their defaults (on), and stand here to be seen. */
const serverSettings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  // Clients come over TCP; the path of a socket file has a length limit that a deep data folder breaks.
  unix_socket_directories: '',
  fsync: 'on',
  synchronous_commit: 'on',
  // API, worker and Temporal each bring pools of their own.
  max_connections: '300',
  shared_buffers: '256MB',
  // Few and gentle checkpoints: a burst of deliveries writes much, and after each checkpoint the first change of a page
  // is logged whole.
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
  jit: 'off',
  log_line_prefix: '%m [%p] %d ',
};

/**
 * The path that a program uses for the folder it starts in. Another user may lack access to a parent folder; on Linux it
 * needs none, because root starts the program inside the folder.
 */
function named(folder: string, user: User | null): string {
  return user !== null && existsSync('/proc/self/cwd') ? '/proc/self/cwd' : folder;
}

/** Makes the cluster beside its place and moves it there whole: a start that was killed half-way leaves nothing behind. */
async function initialize(
  folder: string,
  { initdb, major }: PostgresBinaries,
  passwordFile: string,
  user: User | null,
  signal: AbortSignal,
): Promise<void> {
  // A name of its own: what a killed start left may still be writing into another.
  for (const name of (await readdir(folder)).filter((each) => each.startsWith('data.new'))) {
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
  const fresh = await mkdtemp(join(folder, 'data.new.'));
  if (user !== null) await chown(fresh, user.uid, user.gid);
  const opened = openSync(passwordFile, 'r');
  try {
    const child = spawn(
      initdb,
      [
        `--pgdata=${named(fresh, user)}`,
        `--username=${administratorRole}`,
        `--pwfile=${user === null ? passwordFile : '/dev/fd/3'}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        ...(Number(major) >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []),
      ],
      { ...user, detached: true, cwd: fresh, env: serverEnvironment(), stdio: ['ignore', 'ignore', 'pipe', opened] },
    );
    remember(child);
    // With the programs that it runs, which would go on without it.
    const giveUp = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // All have ended.
      }
    };
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
    const code = await new Promise<number | string | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode, by) => resolve(exitCode ?? by));
    }).finally(() => signal.removeEventListener('abort', giveUp));
    if (code !== 0) throw new Error(said.trim() || `initdb ended with ${code}`);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true }).catch(() => {});
    signal.throwIfAborted();
    throw new Error(`PostgreSQL could not make its data folder ${folder}: ${(error as Error).message}`);
  } finally {
    closeSync(opened);
  }
  await rename(fresh, join(folder, 'data'));
}

/** @throws if another major version made the data: its server would end at once, with its reason in a log only */
async function checkMajor(data: string, major: string): Promise<void> {
  const made = (await readFile(join(data, 'PG_VERSION'), 'latin1').catch(() => major)).trim();
  if (made === major) return;
  throw new Error(
    `PostgreSQL ${made} made the data in ${data}, and this Everhook brings PostgreSQL ${major}, which cannot read it. ` +
      'Start the Everhook that ran on it before, back its database up with pg_dump, and restore that into a new data folder ' +
      '(docs/run/postgres.md). Or run a PostgreSQL of that version on the data, and set DATABASE_URL.',
  );
}

/** No variables meant for a PostgreSQL client or for us: another user can read this server's environment. */
const serverEnvironment = () => ({ ...plainEnvironment(), LC_ALL: 'C', TZ: 'UTC' });

/**
 * A killed server leaves its process id behind, and a server whose supervisor was killed still runs. Two servers would
 * destroy the data, so the old one is ended first; an id that now belongs to another process is ignored.
 */
async function endPrevious(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  const pid = Number.parseInt(await readFile(file, 'latin1').catch(() => ''), 10);
  if (!Number.isSafeInteger(pid) || pid < 2) return;
  const identity = await identify(pid);
  if (identity === null) return;
  // A server's working directory is its data folder.
  const ours =
    process.platform === 'linux'
      ? (await readlink(`/proc/${pid}/cwd`).catch(() => null)) === (await realpath(data)) &&
        (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).includes('postgres')
      : (
          await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }))
        ).stdout.includes(data);
  if (ours) await endProcess(identity, 'SIGINT', 30_000);
  else await rm(file, { force: true });
}

/** Waits until the server answers queries. It answers "starting up" while it recovers from a crash, however long that takes. */
async function ready(server: LocalProcess, url: string, log: string, signal: AbortSignal): Promise<void> {
  let ended: Ending | null = null;
  void server.exited.then((ending) => {
    ended = ending;
  });
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    client.on('error', () => {});
    const answer = await client
      .connect()
      .then(() => client.query('SELECT 1'))
      .then(() => null)
      .catch((error: Error & { code?: string }) => error);
    await client.end().catch(() => {});
    if (answer === null) return;
    if (ended)
      throw new Error(`${howItEnded('PostgreSQL', ended)} It was starting. The end of ${log}:\n${logTail(log)}`);
    if (signal.aborted) {
      await server.stop(2_000);
      throw signal.reason;
    }
    // 28P01: the password file does not belong to this cluster; waiting does not help.
    if (answer.code === '28P01') {
      await server.stop();
      throw new Error(
        `PostgreSQL refuses the password kept beside its data (${log}). Was the folder put together from two?`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * What PostgreSQL says where processes of an earlier server are still there. One that has ended counts too, until whoever is its
 * parent now takes notice.
 */
const stillThere = /is still in use|lock file "postmaster\.pid" already exists/;

/**
 * How long the processes of a killed server may take to end: each first finishes what it does, such as writing to a slow
 * disk, and no other server starts on the data until all have ended.
 */
const patienceMs = 60_000;

/**
 * Starts the embedded PostgreSQL on its data, made at the first start. Returns when it answers queries. The password is
 * random, kept in the folder, readable only by its owner.
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const { folder, signal = new AbortController().signal } = options;
  signal.throwIfAborted();
  const data = join(folder, 'data');
  const log = join(folder, 'postgres.log');
  await mkdir(folder, { recursive: true, mode: 0o711 });
  const user = await unprivileged(data);
  const binaries = await (options.binaries ?? postgresBinaries)(user);
  const file = join(folder, 'password');
  const administrator = { user: administratorRole, password: await keptPassword(file, user) };
  if (existsSync(data)) {
    await checkMajor(data, binaries.major);
    await endPrevious(data);
  } else await initialize(folder, binaries, file, user, signal);

  signal.throwIfAborted();
  const settings = Object.entries({ ...serverSettings, ...options.settings });
  const launch = (port: number) => {
    const args = ['-D', named(data, user), '-p', String(port)];
    for (const [name, value] of settings) args.push('-c', `${name}=${value}`);
    return startProcess('PostgreSQL', binaries.postgres, args, {
      ...user,
      cwd: data,
      env: serverEnvironment(),
      log,
      pidFile: join(folder, 'postgres.pid'),
      // "Fast" shutdown: ends sessions, writes a checkpoint.
      stopSignal: 'SIGINT',
    });
  };
  const deadline = Date.now() + patienceMs;
  return onFreePorts([options.port ?? 0], async ([port = 0]) => {
    const urlFor = ({ user: role, password }: Credentials, database: string) =>
      `postgresql://${role}:${password}@127.0.0.1:${port}/${database}`;
    const url = (database: string) => urlFor(administrator, database);
    for (;;) {
      const before = logLength(log);
      const server = await launch(port);
      try {
        await ready(server, url('postgres'), log, signal);
        return { ...server, port, folder, url, urlFor };
      } catch (error) {
        signal.throwIfAborted();
        const said = await saidSince(log, before);
        if (said.includes('Address already in use')) throw new PortTaken((error as Error).message);
        if (!stillThere.test(said) || Date.now() > deadline) throw error;
        await sleep(200);
        await endPrevious(data);
      }
    }
  });
}

/** Makes a database if it is missing; safe to call from several processes at once. */
export async function ensureDatabase(adminUrl: string, name: string): Promise<void> {
  await connected(adminUrl, async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  }).catch((error: { code?: string }) => {
    // 42P04 and 23505: another process was faster.
    if (error.code !== '42P04' && error.code !== '23505') throw error;
  });
}
