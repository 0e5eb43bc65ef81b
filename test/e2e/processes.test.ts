import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { generateKey } from '../../core/secrets/keyRing.ts';
import { connected } from '../../local/connected.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { guardTemporal } from '../support/guardedTemporal.ts';
import { slowness } from '../support/slowness.ts';
import { type TcpProxy, tcpProxy } from '../support/tcpProxy.ts';
import { temporalServer } from '../support/temporal.ts';

const waitingForTable = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;

let database: TestDatabase;
let silent: Server;
let silentPort: number;
const ends: (() => Promise<number | null>)[] = [];

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
  await Promise.all(ends.splice(0).map((end) => end()));
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
  ends.push(() => {
    child.kill('SIGKILL');
    return closed;
  });
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
    expect(Date.now() - askedAt).toBeLessThan(5_000 * (await slowness()));
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
    expect(Date.now() - askedAt).toBeLessThan(5_000 * (await slowness()));
  });
});

describe('a part that answered, and is away again while a process starts', () => {
  it('Temporal, of which only the frontend answers: a worker tries on, is not held up by what it would only tell, and drains', async () => {
    const { address, namespace } = await temporalServer();
    const temporal = await guardTemporal(address);
    try {
      temporal.away = /CreateSchedule|DescribeWorkerDeployment/;
      const { child, closed, log } = run('worker', {
        TEMPORAL_ADDRESS: temporal.address,
        TEMPORAL_NAMESPACE: namespace,
      });
      const said = await log('is away again');
      expect(said.at(-1)?.msg).toContain(`TEMPORAL_ADDRESS: Temporal at ${temporal.address} is away again: `);
      // What is only told of does not hold up the work.
      temporal.away = /DescribeWorkerDeployment/;
      await log('worker ready');
      child.kill('SIGTERM');
      expect(await closed).toBe(0);
      expect((await log('')).map(({ msg }) => msg)).toContain('ending');
    } finally {
      await temporal.close();
    }
  });

  it('PostgreSQL: an API process tries on', async () => {
    const own = await createDatabase();
    const way = await tcpProxy(new URL(own.url).href.replace('postgresql:', 'http:'));
    try {
      const url = Object.assign(new URL(own.url), { host: new URL(way.url).host });
      // The table of keys is locked: the statement that announces this process's is ended, as where a server restarts.
      await connected(own.url, async (client) => {
        await client.query('BEGIN; LOCK TABLE key_holder');
        const { child, closed, log } = run('api', { DATABASE_URL: url.href });
        await expect
          .poll(async () => (await connected(own.url, (other) => other.query(waitingForTable))).rowCount, {
            timeout: 60_000,
            interval: 50,
          })
          .toBe(1);
        way.cut();
        const said = await log('is away again');
        expect(said.at(-1)?.msg).toContain(`DATABASE_URL: PostgreSQL at ${url.host} is away again: `);
        await client.query('COMMIT');
        expect((await log('API ready')).at(-1)?.level).not.toBe(60);
        child.kill('SIGTERM');
        expect(await closed).toBe(0);
      });
    } finally {
      await way.close();
      await own.drop();
    }
  });
});

describe('PostgreSQL and Temporal that have an IPv6 address alone', () => {
  const ways: TcpProxy[] = [];
  const way = async (place: string): Promise<URL> => {
    const proxy = await tcpProxy(`http://${place}`, '::1');
    ways.push(proxy);
    return new URL(proxy.url);
  };
  let own: TestDatabase | null = null;
  afterAll(async () => {
    await Promise.all(ways.map((each) => each.close()));
    await own?.drop();
  });

  it('are used by every command, with the address of PostgreSQL in one piece or in parts', async () => {
    const { address, namespace } = await temporalServer();
    own = await createDatabase();
    const url = new URL(own.url);
    const [toPostgres, toTemporal] = [await way(url.host), await way(address)];
    url.host = toPostgres.host;
    const encryption = { EVERHOOK_ENCRYPTION_KEYS: generateKey() };
    const temporal = { ...encryption, TEMPORAL_ADDRESS: toTemporal.host, TEMPORAL_NAMESPACE: namespace };
    const whole = { ...temporal, DATABASE_URL: url.href };
    const parts = {
      ...temporal,
      DATABASE_URL: '',
      DATABASE_HOST: '::1',
      DATABASE_PORT: toPostgres.port,
      DATABASE_USER: url.username,
      DATABASE_PASSWORD: url.password,
      DATABASE_NAME: url.pathname.slice(1),
    };
    expect(whole.DATABASE_URL).toContain('[::1]');
    for (const settings of [whole, parts]) {
      const migrated = run('migrate', settings);
      expect([await migrated.closed, JSON.stringify(await migrated.log(''))]).toEqual([0, expect.any(String)]);
      const [api, worker] = [run('api', settings), run('worker', settings)];
      const ready = (await api.log('API ready')).find((line) => line.msg === 'API ready');
      expect(JSON.stringify(await worker.log('worker ready'))).not.toContain('cannot be reached');
      const readiness = async () => (await fetch(`http://${ready?.listening}/readyz`)).json();
      await expect.poll(readiness, { timeout: 60_000 }).toEqual({ status: 'ok', postgresql: 'ok', temporal: 'ok' });
      for (const command of ['promote', 'keys:rotate']) {
        const ended = run(command, settings);
        expect([await ended.closed, command, await ended.log('')]).toEqual([0, command, expect.anything()]);
      }
      for (const each of [api, worker]) {
        each.child.kill('SIGTERM');
        expect(await each.closed).toBe(0);
      }
    }
  });

  it.each([
    ['TEMPORAL_ADDRESS', '::1:7233', 'an IPv6 address in brackets'],
    ['DATABASE_URL', 'postgresql://me:hidden-password@::1:5432/everhook', 'an IPv6 address in brackets'],
    ['DATABASE_HOST', '[::1]', 'without brackets'],
  ])('are refused where %s has no clear end of the address', async (name, value, help) => {
    const others = name === 'DATABASE_HOST' ? { DATABASE_URL: '', DATABASE_NAME: 'everhook' } : {};
    const { closed, log } = run('api', { ...others, [name]: value });
    const said = JSON.stringify(await log('never said'));
    expect(said).toMatch(new RegExp(`${name}: must [^"]*${help}`));
    expect(said).not.toContain('hidden-password');
    expect(await closed).toBe(1);
  });
});
