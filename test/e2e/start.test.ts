import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { generateKey } from '../../core/secrets/keyRing.ts';
import { isRunning, type ProcessIdentity } from '../../local/processIdentity.ts';
import { slowness } from '../support/slowness.ts';

let folder: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everhook start '));
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) await end(child, 'SIGTERM');
  }
  await rm(folder, { recursive: true, force: true });
});

/** `npm start` without its set-up, with nothing of this process's environment that it would take for settings. */
function start(env: NodeJS.ProcessEnv = {}, command = [process.execPath, join(packageRoot, 'dist/start/main.js')]) {
  const { PATH, HOME, XDG_CACHE_HOME } = process.env;
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    cwd: packageRoot,
    env: { PATH, HOME, XDG_CACHE_HOME, PORT: '0', EVERHOOK_DATA_DIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let output = '';
  /** Resolves when it has said a text, or has ended without. */
  const said = (text: string) =>
    new Promise<string>((resolve) => {
      const look = () => output.includes(text) && resolve(output);
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      child.once('close', () => resolve(output));
      look();
    });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  return { child, said, output: () => output };
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  return new Promise((resolve) => {
    // One that has ended by itself says so no more.
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    child.once('close', (code) => resolve(code));
    child.kill(signal);
  });
}

async function everyPart(): Promise<ProcessIdentity[]> {
  const files = ['api.pid', 'worker.pid', 'temporal/temporal.pid', 'postgres/postgres.pid'];
  return Promise.all(files.map(async (file) => JSON.parse(await readFile(join(folder, file), 'utf8'))));
}

const running = (parts: ProcessIdentity[]) => Promise.all(parts.map(isRunning));

/** Those of its parts that run now, by the files that name them. */
async function leftRunning(): Promise<number[]> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.pid'));
  const parts = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(folder, file), 'utf8').catch(() => '');
      return text.startsWith('{') ? (JSON.parse(text) as ProcessIdentity) : null;
    }),
  );
  const left = await Promise.all(parts.map(async (part) => (part && (await isRunning(part)) ? part.pid : null)));
  return left.filter((pid) => pid !== null);
}

function listening(port: number): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => {}).resume());
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}

/** A port on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = await listening(0);
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** API and worker, Temporal and PostgreSQL get no more of the environment than they need. */
async function expectOwnEnvironments(parts: ProcessIdentity[], given: Record<string, string>): Promise<void> {
  const [api, worker, temporal, postgres] = await Promise.all(
    parts.map(async ({ pid }) => {
      const entries = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').filter((entry) => entry !== '');
      return Object.fromEntries(entries.map((entry) => entry.split(/=(.*)/s).slice(0, 2)));
    }),
  );
  const { CLOUD_SECRET, ...ours } = given;
  expect(api).toMatchObject(ours);
  expect(JSON.stringify(api)).not.toContain(CLOUD_SECRET);
  expect(worker).toMatchObject({ EVERHOOK_ENCRYPTION_KEYS: ours.EVERHOOK_ENCRYPTION_KEYS });
  expect(JSON.stringify(worker)).not.toContain('hidden');
  for (const part of [temporal, postgres]) {
    expect(Object.keys(part ?? {}).join()).not.toMatch(/EVERHOOK|DATABASE|SECRET|PASSWORD|KEY/);
    for (const secret of Object.values(given)) expect(JSON.stringify(part)).not.toContain(secret);
  }
  // API and worker are not the server's administrator, and Temporal is somebody else.
  expect(api?.DATABASE_URL).toMatch(/^postgresql:\/\/everhook_app:/);
  expect(await readFile(join(folder, 'temporal/server.yaml'), 'utf8')).toContain('"user": "temporal"');
}

async function organizations(output: string, key: string): Promise<unknown> {
  const url = /GraphQL +(\S+)/.exec(output)?.[1] as string;
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query: 'mutation { createOrganization(input: { name: "it" }) { organization { name } } }' }),
  });
  return response.json();
}

const made = { data: { createOrganization: { organization: { name: 'it' } } } };

describe('npm start', () => {
  it('lives through its life: a first start that is killed before it shows the key, another, a killed part, a killed supervisor, Ctrl-C, and always with the same data', {
    timeout: 240_000,
  }, async () => {
    const killedEarly = start();
    expect(await killedEarly.said('Starting the API'), 'its key is made by now').not.toContain('ehk_');
    await end(killedEarly.child, 'SIGKILL');

    const first = start();
    const output = await first.said('Ctrl-C ends it');
    const key = /ehk_[\w-]+/.exec(output)?.[0] as string;
    expect(await organizations(output, key), 'the operator key that it shows').toEqual(made);
    const parts = await everyPart();
    expect(await running(parts)).toEqual([true, true, true, true]);
    expect(await readdir(folder), 'what was shown is kept by nobody here').not.toContain('operator-key');

    const beside = start();
    expect(await beside.said('EVERHOOK_DATA_DIR'), 'one beside it').toContain(`process ${first.child.pid}`);
    expect(await running(parts)).toEqual([true, true, true, true]);

    process.kill(parts[0]?.pid as number, 'SIGKILL');
    expect(await first.said('The API runs again')).toMatch(/The API was killed \(SIGKILL\).*memory ran out.*2 GB/);

    const left = await everyPart();
    await end(first.child, 'SIGKILL');
    const keyFile = join(folder, 'given');
    await writeFile(keyFile, key);
    const second = start({ EVERHOOK_OPERATOR_KEY_FILE: keyFile });
    const again = await second.said('Ctrl-C ends it');
    expect(again).toContain('Everhook runs');
    expect(again, 'a key that is given is not shown').not.toContain('ehk_');
    expect(await running(left), 'what the killed one left is ended, not doubled').toEqual([false, false, false, false]);
    expect(await organizations(again, key), 'the key and the data of before').toEqual(made);

    const all = await everyPart();
    expect(await running(all)).toEqual([true, true, true, true]);
    expect(await end(second.child, 'SIGINT')).toBe(0);
    expect(await running(all)).toEqual([false, false, false, false]);
  });

  it('ends where npm, which started it and passes nothing on, was asked to end', { timeout: 120_000 }, async () => {
    const { child, said } = start({}, ['npm', 'exec', '--call', 'node dist/start/everhook.js start']);
    await said('Ctrl-C ends it');
    const parts = await everyPart();
    child.kill('SIGTERM');
    expect(await said('Everything that was started has ended')).toContain('Ending: deliveries in flight finish first');
    await expect.poll(() => running(parts)).toEqual([false, false, false, false]);
  });

  it('names every wrong key of the environment and starts nothing', async () => {
    const { child, said } = start({ PORT: 'x', EVERHOOK_LOG_LEVEL: 'loud', EVERHOOK_DATADIR: folder });
    const output = await said('never said');
    for (const key of ['PORT', 'EVERHOOK_LOG_LEVEL', 'EVERHOOK_DATADIR']) expect(output).toContain(`${key}: `);
    expect(child.exitCode).toBe(1);
  });

  it('says that the port is taken before it starts anything', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    try {
      const output = await start({ PORT: String(port) }).said('never said');
      expect(output).toContain(`PORT: ${port} is taken`);
      expect(output).not.toContain('Starting');
    } finally {
      other.close();
    }
  });

  it('names a database that it cannot reach, without its password, starts nothing, tries on, and can be stopped', async () => {
    const port = await closedPort();
    const { child, said } = start({
      DATABASE_URL: `postgresql://someone:hidden-password@127.0.0.1:${port}/everhook`,
      EVERHOOK_ENCRYPTION_KEYS: generateKey(),
    });
    const output = await said('Trying again');
    expect(output).toContain(`DATABASE_URL: PostgreSQL at 127.0.0.1:${port} cannot be reached: connect ECONNREFUSED`);
    expect(output).not.toContain('hidden-password');
    expect(output).not.toContain('Starting');
    const other = await listening(port);
    // Something listens there now, and never answers.
    expect(await said('for 1')).toMatch(/for 1\d s now\): \S/);
    other.close();
    expect(await end(child, 'SIGTERM')).toBe(0);
    expect(await readdir(folder)).not.toContain('postgres');
  });

  it('ends at once where the database answers that it will not serve it, and says what it answered', async () => {
    const url = Object.assign(new URL(inject('postgresUrl')), { password: 'another-password' });
    const { child, said } = start({ DATABASE_URL: url.href, EVERHOOK_ENCRYPTION_KEYS: generateKey() });
    const output = await said('never said');
    expect(output).toContain(
      `DATABASE_URL: PostgreSQL at 127.0.0.1:${url.port} refuses: password authentication failed`,
    );
    expect(output).not.toContain('another-password');
    expect(child.exitCode).toBe(1);
  });

  it('names a Temporal that it cannot reach before it starts anything, serves without it, and its readiness says so', async () => {
    // Nothing listens there, and nobody is given this port by chance.
    const port = 9;
    const { child, said } = start({ TEMPORAL_ADDRESS: `127.0.0.1:${port}` });
    const named = await said('cannot be reached');
    expect(named).toContain(`TEMPORAL_ADDRESS: Temporal at 127.0.0.1:${port} cannot be reached: connect ECONNREFUSED`);
    // Both may come in one piece.
    expect(named.split('Starting')[0]).toContain('cannot be reached');
    const output = await said('Ctrl-C ends it');
    const readiness = await fetch(/Health +(\S+)/.exec(output)?.[1] as string);
    expect(await readiness.json()).toMatchObject({ postgresql: 'ok', temporal: 'unreachable' });
    expect(await organizations(output, /ehk_[\w-]+/.exec(output)?.[0] as string)).toEqual(made);
    expect(await said('The worker waits')).toContain(
      `The worker waits. TEMPORAL_ADDRESS: Temporal at 127.0.0.1:${port}`,
    );
    expect(await end(child, 'SIGTERM')).toBe(0);
  });

  it('asked to end while it starts, ends within five seconds and leaves nothing running; asked twice, at once', {
    timeout: 240_000,
  }, async () => {
    const secrets = {
      EVERHOOK_OPERATOR_KEY: 'hidden-operator-key-0123456789',
      EVERHOOK_JWT_SECRET: 'hidden-secret-of-32-bytes-or-more-of-it',
      EVERHOOK_ENCRYPTION_KEYS: generateKey(),
      CLOUD_SECRET: 'hidden-secret-of-another-program',
    };
    for (const moment of ['Starting PostgreSQL', 'Starting Temporal', 'Starting the API']) {
      const { child, said, output } = start(secrets);
      await said(moment);
      const beganAt = performance.now();
      const code = await end(child, 'SIGTERM');
      const tookMs = performance.now() - beganAt;
      expect(code, output()).toBe(0);
      expect(tookMs).toBeLessThan(5_000 * (await slowness()));
      expect(await leftRunning()).toEqual([]);
    }
    // What was broken off is no obstacle.
    const { child, said } = start(secrets);
    expect(await said('Ctrl-C ends it')).toContain('Everhook runs');
    const parts = await everyPart();
    await expectOwnEnvironments(parts, secrets);
    child.kill('SIGTERM');
    await said('Ending');
    expect(await end(child, 'SIGTERM'), 'asked twice, it ends at once').toBe(1);
    await expect.poll(() => running(parts)).toEqual([false, false, false, false]);
  });

  it('asks for encryption keys where the database is not its own, because losing them would lose the secrets', async () => {
    const output = await start({ DATABASE_URL: inject('postgresUrl') }).said('never said');
    expect(output).toContain('EVERHOOK_ENCRYPTION_KEYS: is missing');
  });
});
