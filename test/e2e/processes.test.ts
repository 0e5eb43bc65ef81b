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
function run(entry: string, env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [join(packageRoot, 'dist', entry)], {
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
  ['an API process', 'server/processes/api.js'],
  ['a worker process', 'server/processes/worker.js'],
])('%s', (_name, entry) => {
  it('names a database that does not answer, without its password, and ends at once when asked to', async () => {
    const { child, closed, log } = run(entry, { DATABASE_URL: unreachable() });
    const said = await log('cannot be reached');
    expect(JSON.stringify(said)).toContain(`DATABASE_URL: PostgreSQL at 127.0.0.1:${silentPort} cannot be reached: `);
    expect(JSON.stringify(said)).not.toContain('hidden-password');
    const askedAt = Date.now();
    child.kill('SIGTERM');
    expect(await closed).toBe(0);
    expect(Date.now() - askedAt).toBeLessThan(5_000);
  });

  it('names every setting that is wrong or missing in its log', async () => {
    const { closed, log } = run(entry, { DATABASE_URL: '', TEMPORAL_ADDRESS: '' });
    const said = await log('never said');
    expect(said.flatMap((line) => line.problems).join()).toMatch(
      /DATABASE_URL: is missing.*TEMPORAL_ADDRESS: is missing/,
    );
    expect(await closed).toBe(1);
  });
});

describe('without Temporal', () => {
  it('an API process serves, and its readiness says what is missing', async () => {
    const { log } = run('server/processes/api.js', {});
    const ready = (await log('API ready')).find((line) => line.msg === 'API ready');
    expect(ready?.listening).toMatch(/^127\.0\.0\.1:\d+$/);
    const response = await fetch(`http://${ready?.listening}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ postgresql: 'ok', temporal: 'unreachable' });
  });

  it('a worker process names what it waits for, tries on, and ends at once when asked to', async () => {
    const { child, closed, log } = run('server/processes/worker.js', {});
    const said = await log('cannot be reached');
    expect(said.at(-1)?.msg).toContain(`TEMPORAL_ADDRESS: Temporal at 127.0.0.1:${silentPort} cannot be reached: `);
    await log('s now');
    const askedAt = Date.now();
    child.kill('SIGTERM');
    expect(await closed).toBe(0);
    expect(Date.now() - askedAt).toBeLessThan(5_000);
  });
});
