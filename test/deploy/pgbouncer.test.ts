import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../core/ground/freePorts.ts';
import { generateKey } from '../../core/secrets/keyRing.ts';
import { unprivileged } from '../../local/unprivileged.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { runProcess } from '../support/productProcess.ts';
import { tool } from './tool.ts';

/** PgBouncer has one session of PostgreSQL for many of its clients, or for one at a time. */
const kinds = {
  'by transaction': { pool_mode: 'transaction', ignore_startup_parameters: 'extra_float_digits,statement_timeout' },
  'by transaction, as it comes': { pool_mode: 'transaction' },
  'by session, without time limits': { pool_mode: 'session', ignore_startup_parameters: 'statement_timeout' },
  'by session, as it comes': { pool_mode: 'session' },
};
const reasons = {
  'by transaction': 'one client gets the session of another',
  'by transaction, as it comes': 'one client gets the session of another',
  'by session, without time limits': 'it drops the setting statement_timeout',
  'by session, as it comes': 'unsupported startup parameter',
};

let database: TestDatabase;
let folder: string;
let pooler: ChildProcess | null = null;

beforeAll(async () => {
  database = await createDatabase();
});
afterEach(async () => {
  if (pooler !== null) {
    const ended = new Promise((resolve) => pooler?.once('close', resolve));
    pooler.kill('SIGINT');
    await ended;
  }
  pooler = null;
  await rm(folder, { recursive: true, force: true });
});
afterAll(() => database.drop());

/** @returns the database's address through a pooler */
async function startPgBouncer(settings: Readonly<Record<string, string>>): Promise<string> {
  const { hostname, port: upstream, username, password, pathname } = new URL(database.url);
  const [port] = await freePorts([0]);
  folder = await mkdtemp(join(tmpdir(), 'everhook pgbouncer '));
  const user = await unprivileged(folder);
  const lines = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    auth_type: 'plain',
    auth_file: join(folder, 'users.txt'),
    unix_socket_dir: '',
    ...settings,
  };
  await writeFile(
    join(folder, 'pgbouncer.ini'),
    `[databases]\n* = host=${hostname} port=${upstream}\n[pgbouncer]\n${Object.entries(lines)
      .map(([key, value]) => `${key} = ${value}`)
      .join('\n')}\n`,
  );
  await writeFile(join(folder, 'users.txt'), `"${username}" "${decodeURIComponent(password)}"\n`);
  await chmod(folder, 0o755);
  if (user !== null) await chown(join(folder, 'users.txt'), user.uid, user.gid);
  pooler = spawn(tool('pgbouncer'), ['pgbouncer.ini'], { ...user, cwd: folder, stdio: 'ignore' });
  for (;;) {
    const listens = await new Promise<boolean>((resolve) => {
      const socket = connect(port as number, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (listens) break;
    if (pooler.exitCode !== null) throw new Error(`PgBouncer ended with ${pooler.exitCode}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return `postgresql://${username}:${password}@127.0.0.1:${port}${pathname}`;
}

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])('a PgBouncer that shares connections %s', (kind) => {
  it('is refused at the start by the API, a worker and the migration, with the reason and the setting to change', async () => {
    const env = {
      DATABASE_URL: await startPgBouncer(kinds[kind]),
      TEMPORAL_ADDRESS: '127.0.0.1:9',
      EVERHOOK_ENCRYPTION_KEYS: generateKey(),
    };
    for (const args of [['api'], ['worker'], ['migrate']]) {
      const { ended, output } = runProcess('start/everhook.js', env, { args });
      expect(await ended, output()).toBe(1);
      expect(output()).toContain(`is a pooler (`);
      expect(output()).toContain(reasons[kind]);
      expect(output()).toContain('Set DATABASE_URL to the direct address of PostgreSQL');
      expect(output()).not.toContain(new URL(database.url).password);
    }
  });
});
