import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../../core/ground/log.ts';
import { generateKey } from '../../../core/secrets/keyRing.ts';
import { startGiven } from '../../../start/given.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { type TcpProxy, tcpProxy } from '../../support/tcpProxy.ts';

let database: TestDatabase;
let way: TcpProxy;
let other: pg.Client;

beforeAll(async () => {
  database = await createDatabase();
  way = await tcpProxy(database.url.replace('postgresql:', 'http:'));
  other = new pg.Client({ connectionString: database.url });
  await other.connect();
});
afterAll(async () => {
  await way.close();
  await other.end();
  await database.drop();
});

/** A start as in a container. `said` resolves with the first line that holds a text. */
function start(databaseUrl: string) {
  const lines: string[] = [];
  const waiting = new Map<string, (line: string) => void>();
  const write = (line: string) => {
    lines.push(line);
    for (const [text, found] of waiting) if (line.includes(text)) found(line);
  };
  const ending = new AbortController();
  const env = {
    PORT: '0',
    DATABASE_URL: databaseUrl,
    // Nothing listens there, and nobody is given this port by chance.
    TEMPORAL_ADDRESS: '127.0.0.1:9',
    EVERHOOK_ENCRYPTION_KEYS: generateKey(),
  };
  const started = startGiven(env, createLog('info', 'start', { write }), ending.signal);
  started.catch(() => {});
  const said = (text: string) =>
    new Promise<string>((resolve) => {
      waiting.set(text, resolve);
      const before = lines.find((line) => line.includes(text));
      if (before !== undefined) resolve(before);
    });
  return { started, said, give: () => ending.abort(new Error('asked to end')) };
}

describe('the start of API and worker in a container', () => {
  it('is given up at once while it waits for the migrations of another process', async () => {
    await other.query('SELECT pg_advisory_lock(4583701262)');
    const { started, said, give } = start(database.url);
    await said('Another process is applying the migrations');
    give();
    await expect(started).rejects.toThrow('asked to end');
    await other.query('SELECT pg_advisory_unlock(4583701262)');
  });

  it('is given up at once while the database hangs, which it tells', async () => {
    await other.query('SELECT pg_advisory_lock(4583701262)');
    const { started, said, give } = start(Object.assign(new URL(database.url), { host: new URL(way.url).host }).href);
    await said('Another process is applying the migrations');
    way.freeze();
    expect(await said('is away again')).toContain('Query read timeout');
    give();
    await expect(started).rejects.toThrow('asked to end');
    await other.query('SELECT pg_advisory_unlock(4583701262)');
  });
});
