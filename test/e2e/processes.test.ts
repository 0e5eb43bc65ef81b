import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { generateKey } from '../../core/secrets/keyRing.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let silent: Server;
let silentPort: number;
let end: (() => Promise<number | null>) | null = null;

beforeAll(async () => {
  database = await createDatabase();
  // Takes connections and never answers.
  silent = createServer((socket) => socket.on('error', () => {}).resume());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  silentPort = (silent.address() as { port: number }).port;
});
afterAll(async () => {
  await new Promise((resolve) => silent.close(resolve));
  await database.drop();
});
afterEach(async () => {
  await end?.();
  end = null;
});

/** A process by itself, as a process manager starts it. */
function run(command: string, env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [join(packageRoot, 'dist', 'start', 'everhook.js'), command], {
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: `127.0.0.1:${silentPort}`,
      EVERHOOK_ENCRYPTION_KEYS: generateKey(),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      child.emit('said');
    });
  }
  end = () => {
    child.kill('SIGKILL');
    return closed;
  };
  return {
    child,
    closed,
    /** Its log so far, once it says that or has ended. */
    log: (text: string) =>
      new Promise<Record<string, unknown>[]>((resolve) => {
        const look = () => {
          if (!output.includes(text)) return;
          resolve(lines());
        };
        const lines = () =>
          output
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as Record<string, unknown>);
        child.on('said', look);
        void closed.then(() => resolve(lines()));
        look();
      }),
  };
}

const unreachable = () => `postgresql://someone:hidden-password@127.0.0.1:${silentPort}/everhook`;

describe.each([
  ['an API process', 'api'],
  ['a worker process', 'worker'],
])('%s', (_name, command) => {
  it('names a database that does not answer, without its password, and ends at once when asked to', async () => {
    const { child, closed, log } = run(command, { DATABASE_URL: unreachable() });
    const said = await log('cannot be reached');
    expect(JSON.stringify(said)).toContain(`DATABASE_URL: PostgreSQL at 127.0.0.1:${silentPort} cannot be reached: `);
    expect(JSON.stringify(said)).not.toContain('hidden-password');
    const askedAt = Date.now();
    child.kill('SIGTERM');
    expect(await closed).toBe(0);
    expect(Date.now() - askedAt).toBeLessThan(5_000);
  });

  it('names every setting that is wrong or missing in its log', async () => {
    const { closed, log } = run(command, { DATABASE_URL: '', TEMPORAL_ADDRESS: '' });
    const said = await log('never said');
    expect(said.flatMap((line) => line.problems).join()).toMatch(
      /DATABASE_URL: is missing.*TEMPORAL_ADDRESS: is missing/,
    );
    expect(await closed).toBe(1);
  });
});

describe('without Temporal', () => {
  it('an API process serves, and its readiness says what is missing', async () => {
    const { log } = run('api', {});
    const ready = (await log('API ready')).find((line) => line.msg === 'API ready');
    expect(ready?.listening).toMatch(/^127\.0\.0\.1:\d+$/);
    const response = await fetch(`http://${ready?.listening}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ postgresql: 'ok', temporal: 'unreachable' });
  });

  it('an API process that is asked to end says so to balancers first, and still serves for as long as it is told', async () => {
    const { child, closed, log } = run('api', { EVERHOOK_SHUTDOWN_DELAY: '3' });
    const { listening } = (await log('API ready')).find((line) => line.msg === 'API ready') ?? {};
    child.kill('SIGTERM');
    const readiness = async () => (await fetch(`http://${listening}/readyz`)).json();
    await expect.poll(readiness, { timeout: 10_000 }).toEqual({ status: 'ending' });
    const answer = await fetch(`http://${listening}/healthz`);
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
    expect(await closed).toBe(0);
  });

  it('a worker process names what it waits for, tries on, and ends at once when asked to', async () => {
    const { child, closed, log } = run('worker', {});
    const said = await log('cannot be reached');
    expect(said.at(-1)?.msg).toContain(`TEMPORAL_ADDRESS: Temporal at 127.0.0.1:${silentPort} cannot be reached: `);
    await log('s now');
    const askedAt = Date.now();
    child.kill('SIGTERM');
    expect(await closed).toBe(0);
    expect(Date.now() - askedAt).toBeLessThan(5_000);
  });
});
