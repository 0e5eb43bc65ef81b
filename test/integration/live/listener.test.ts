import { randomUUID } from 'node:crypto';
import { EventEmitter, on } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect as connectTo, createServer, type Server, type Socket } from 'node:net';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../../core/ground/log.ts';
import { channel, encodeHints, type Hint } from '../../../core/live/hint.ts';
import { createListener, type Listener } from '../../../core/live/listener.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';

/** A way to the database that can fall silent without closing, as a lost network does. */
class Way {
  readonly #server: Server;
  readonly #pairs: [Socket, Socket][] = [];
  readonly #ears = new EventEmitter();
  #refusals = 0;
  #silentAt: string | null = null;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async to(url: string): Promise<{ way: Way; url: string }> {
    const target = new URL(url);
    const port = Number(target.port);
    const way = new Way(createServer());
    way.#server.on('connection', (near) => {
      if (way.#refusals-- > 0) {
        near.destroy();
        return;
      }
      const far = connectTo(port, target.hostname);
      for (const socket of [near, far]) socket.on('error', () => {});
      // Before the pipe, so that the statement itself is lost.
      near.on('data', (bytes) => {
        if (way.#silentAt === null || !bytes.includes(way.#silentAt)) return;
        way.#silentAt = null;
        way.fallSilent();
      });
      near.pipe(far).pipe(near);
      near.on('data', (bytes) => way.#ears.emit('data', bytes));
      way.#pairs.push([near, far]);
    });
    await new Promise<void>((resolve) => way.#server.listen(0, '127.0.0.1', resolve));
    target.port = String((way.#server.address() as AddressInfo).port);
    return { way, url: target.href };
  }

  refuse(connections: number): void {
    this.#refusals = connections;
  }

  /** Resolves when a statement passes towards the database. */
  async hears(statement: string): Promise<void> {
    for await (const [bytes] of on(this.#ears, 'data')) if (bytes.includes(statement)) return;
  }

  /** How many connections were made over it. */
  get connections(): number {
    return this.#pairs.length;
  }

  /** What is connected now hears nothing any more, in neither direction; new connections pass. */
  fallSilent(): void {
    for (const [near, far] of this.#pairs) {
      near.unpipe();
      far.unpipe();
      near.pause();
      far.pause();
    }
  }

  /** Falls silent once, when a statement with this text is sent, and before it is passed on. */
  fallSilentAt(statement: string): void {
    this.#silentAt = statement;
  }

  async close(): Promise<void> {
    for (const socket of this.#pairs.flat()) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Things in the order in which they happened, each to be awaited once. */
class Happenings<T extends object> {
  readonly #happened: T[] = [];
  readonly #awaited: ((thing: T) => void)[] = [];
  readonly add = (thing: T): void => {
    const take = this.#awaited.shift();
    if (take) take(thing);
    else this.#happened.push(thing);
  };
  async next(): Promise<T> {
    return this.#happened.shift() ?? new Promise((resolve) => this.#awaited.push(resolve));
  }
}

let database: TestDatabase;
let pool: pg.Pool;
let listener: Listener;
let hints: Happenings<Hint>;
let listening: Happenings<Listener>;

beforeAll(async () => {
  database = await createDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 1 });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});
beforeEach(() => {
  hints = new Happenings();
  listening = new Happenings();
  log = [];
});
afterEach(() => listener.close());

let log: string[];

function listen(url: string, keepAliveMs?: number): void {
  listener = createListener({
    createClient: () => new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 }),
    log: createLog('warn', 'test', { write: (line) => void log.push(line) }),
    onHint: hints.add,
    onListening: () => listening.add(listener),
    ...(keepAliveMs === undefined ? {} : { keepAliveMs }),
  });
  listener.start();
}

async function tell(): Promise<string> {
  const organizationId = randomUUID();
  const [payload] = encodeHints('issue', new Map([[organizationId, null]]));
  await pool.query('SELECT pg_notify($1, $2)', [channel, payload]);
  return organizationId;
}

describe('the listener', () => {
  it('hears hints of every topic once it says that it listens', async () => {
    listen(database.url);
    await listening.next();
    const organizationId = await tell();
    expect(await hints.next()).toEqual({ topic: 'issue', organizationId, encodedIds: null });
  });

  it('hears nothing, and goes on, where a stranger speaks on the channel', async () => {
    listen(database.url);
    await listening.next();
    await pool.query(`SELECT pg_notify('${channel}', 'what is this?'), pg_notify('${channel}', '')`);
    const organizationId = await tell();
    expect((await hints.next()).organizationId).toBe(organizationId);
  });

  it('finds a connection that is silent though open, and listens again by a new one', async () => {
    const { way, url } = await Way.to(database.url);
    try {
      listen(url, 100);
      await listening.next();
      expect(listener.listens()).toBe(true);
      way.fallSilent();
      await expect.poll(() => listener.listens(), { interval: 5 }).toBe(false);
      const told = log.map((line) => JSON.parse(line));
      expect(told).toMatchObject([{ part: 'database', cause: 'ETIMEDOUT', reason: 'no answer within 100 ms' }]);
      expect(told[0]).not.toHaveProperty('err');
      await listening.next();
      expect(listener.listens()).toBe(true);
      const organizationId = await tell();
      expect((await hints.next()).organizationId).toBe(organizationId);
    } finally {
      await listener.close();
      await way.close();
    }
  });

  it('finds a connection that falls silent before it listens, and listens by a new one', async () => {
    const { way, url } = await Way.to(database.url);
    try {
      way.fallSilentAt('LISTEN');
      listen(url, 200);
      await listening.next();
      const organizationId = await tell();
      expect((await hints.next()).organizationId).toBe(organizationId);
      expect(way.connections).toBeGreaterThan(1);
    } finally {
      await listener.close();
      await way.close();
    }
  });

  it('keeps one connection as long as it is answered', async () => {
    const { way, url } = await Way.to(database.url);
    try {
      listen(url, 100);
      await listening.next();
      for (let tries = 0; tries < 3; tries++) await way.hears('SELECT 1');
      const organizationId = await tell();
      expect((await hints.next()).organizationId).toBe(organizationId);
      expect(way.connections).toBe(1);
    } finally {
      await listener.close();
      await way.close();
    }
  });

  it('tries again until a server that is away is there', async () => {
    const { way, url } = await Way.to(database.url);
    way.refuse(2);
    try {
      listen(url);
      await listening.next();
      expect(way.connections).toBe(1);
    } finally {
      await listener.close();
      await way.close();
    }
  });

  it('closes though its connection has fallen silent', async () => {
    const { way, url } = await Way.to(database.url);
    try {
      listen(url);
      await listening.next();
      way.fallSilent();
      await listener.close();
    } finally {
      await way.close();
    }
  });

  it('can be closed twice, and while it cannot connect', async () => {
    listen('postgresql://127.0.0.1:1/nowhere');
    await listener.close();
    await listener.close();
  });
});
