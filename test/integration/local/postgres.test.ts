import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ensureDatabase, type LocalPostgres, startPostgres } from '../../../local/postgres.ts';

let folder: string;
let server: LocalPostgres | null;

const start = async (options: { port?: number } = {}) => {
  server = await startPostgres({ folder, settings: { shared_buffers: '16MB' }, ...options });
  return server;
};

async function query(url: string, text: string) {
  const client = new pg.Client({ connectionString: url });
  // A killed server takes its connections with it.
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const everything = async (path: string) => [
  path,
  ...(await readdir(path, { recursive: true })).map((name) => join(path, name)),
];

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'everhook postgres ')), 'data folder');
});

afterEach(async () => {
  await server?.kill();
  await rm(dirname(folder), { recursive: true, force: true });
});

describe('the embedded PostgreSQL', () => {
  it('keeps what was committed over kill -9 and a restart on the same port, in a folder with spaces', async () => {
    const first = await start();
    await ensureDatabase(first.url('postgres'), 'everhook');
    await query(first.url('everhook'), 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.kill();
    const second = await start({ port: first.port });
    expect(second.port).toBe(first.port);
    expect(await query(second.url('everhook'), 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('says that its port is taken where a program is quicker, after it tried others', async () => {
    const thief = createServer();
    await new Promise<void>((resolve) => thief.listen(0, '127.0.0.1', resolve));
    const { port } = thief.address() as { port: number };
    const starting = startPostgres({ folder, settings: { shared_buffers: '16MB', port: String(port) } });
    await expect(starting).rejects.toThrow('Address already in use');
    await new Promise((resolve) => thief.close(resolve));
    const log = await readFile(join(folder, 'postgres.log'), 'utf8');
    expect(log.match(/could not bind/g)).toHaveLength(4);
  });

  it('waits for what a killed server left busy on its data', async () => {
    const first = await start();
    const client = new pg.Client({ connectionString: first.url('postgres') });
    client.on('error', () => {});
    await client.connect();
    const busy = Number((await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid);
    process.kill(busy, 'SIGSTOP');
    await first.kill();
    const starting = start();
    const log = () => readFile(join(folder, 'postgres.log'), 'utf8');
    await vi.waitFor(async () => expect(await log()).toContain('is still in use'), { timeout: 30_000 });
    process.kill(busy, 'SIGCONT');
    expect(await query((await starting).url('postgres'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('waits for a server that has ended, but of which its parent has not taken notice', async () => {
    await (await start()).stop();
    // Its parent has become a program that takes no notice of children. It ends only after that: a shell would take notice.
    const { uid, gid } = await stat(join(folder, 'data'));
    const parent = spawn('sh', ['-c', '(until grep -q sleep "/proc/$$/comm"; do :; done) & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      uid,
      gid,
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const ended = Number(String(line));
    await vi.waitFor(async () => expect(await readFile(`/proc/${ended}/stat`, 'utf8')).toContain(') Z '));
    await writeFile(join(folder, 'data/postmaster.pid'), `${ended}\n`);
    const starting = start();
    const log = () => readFile(join(folder, 'postgres.log'), 'utf8');
    await vi.waitFor(async () => expect(await log()).toContain('already exists'), { timeout: 30_000 });
    parent.kill();
    expect(await query((await starting).url('postgres'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('given up while it makes its data, leaves nothing running and no obstacle', async () => {
    const ending = new AbortController();
    const starting = startPostgres({ folder, signal: ending.signal }).catch((error: unknown) => error);
    const made = async () => (await readdir(folder)).filter((name) => name.startsWith('data.new'));
    await vi.waitFor(
      async () => {
        const [fresh] = await made();
        expect(await readdir(join(folder, fresh as string))).toContain('base');
      },
      { timeout: 30_000, interval: 10 },
    );
    ending.abort(new Error('given up'));
    expect(await starting).toEqual(new Error('given up'));
    expect(await made()).toEqual([]);
    const inside = async (pid: string) => (await readlink(`/proc/${pid}/cwd`).catch(() => '')).startsWith(folder);
    const running = async () => {
      const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
      return (await Promise.all(processes.map(inside))).filter(Boolean);
    };
    // One that was killed is still there for a moment.
    await expect.poll(running).toEqual([]);
    expect(await query((await start()).url('postgres'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('runs in a folder that its owner alone may enter, and takes no right of root along to get there', async () => {
    const { identity, url } = await start();
    expect((await stat(dirname(folder))).mode & 0o777).toBe(0o700);
    expect(await query(url('postgres'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    const status = await readFile(`/proc/${identity.pid}/status`, 'utf8');
    expect(status).toMatch(/^CapEff:\t0+$/m);
    expect(status).not.toMatch(/^Uid:\t0\b/m);
  });

  it('gets nothing of the environment that is meant for us, or for a client', async () => {
    vi.stubEnv('EVERHOOK_OPERATOR_KEY', 'hidden-operator-key-of-ours');
    vi.stubEnv('PGPASSWORD', 'hidden-password');
    const { identity } = await start();
    vi.unstubAllEnvs();
    const environment = await readFile(`/proc/${identity.pid}/environ`, 'utf8');
    expect(environment).toContain('PATH=');
    expect(environment).not.toMatch(/hidden|EVERHOOK|PGPASSWORD/);
  });

  it('goes on as whoever its data belongs to', async () => {
    await (await start()).stop();
    const { uid } = await stat(join(folder, 'data'));
    // Root takes a folder over from another user, and only root can give it to one.
    const owner = process.getuid?.() === 0 ? uid + 1 : uid;
    if (owner !== uid) for (const path of await everything(join(folder, 'data'))) await chown(path, owner, owner);
    const { identity } = await start();
    expect(await readFile(`/proc/${identity.pid}/status`, 'utf8')).toContain(`Uid:\t${owner}\t`);
  });

  it('commits to the disk: fsync and synchronous_commit are on', async () => {
    const { url } = await start();
    expect(await query(url('postgres'), 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
    expect(await query(url('postgres'), 'SHOW synchronous_commit')).toEqual([{ synchronous_commit: 'on' }]);
  });

  it('ends a server that a killed supervisor left running before it starts on the same data', async () => {
    const left = await start();
    const next = await start();
    expect(await left.exited).toEqual({ code: 0, signal: null });
    expect(await query(next.url('postgres'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('forgets a process id in postmaster.pid that now belongs to another program', async () => {
    const { kill } = await start();
    await kill();
    const file = join(folder, 'data', 'postmaster.pid');
    const lines = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, [String(process.pid), ...lines.slice(1)].join('\n'));
    const { url } = await start();
    expect(await query(url('postgres'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('takes another port where the wanted one is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    try {
      expect((await start({ port })).port).not.toBe(port);
    } finally {
      other.close();
    }
  });

  it('keeps a random password that only its owner may read, and lets nobody in without', async () => {
    const { url } = await start();
    expect(new URL(url('postgres')).password).toMatch(/^[\w-]{32}$/);
    expect((await stat(join(folder, 'password'))).mode & 0o777).toBe(0o600);
    const wrong = Object.assign(new URL(url('postgres')), { password: 'everhook' }).href;
    await expect(query(wrong, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  });
});
