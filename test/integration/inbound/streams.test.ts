import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type pg from 'pg';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Operator } from '../../../core/access/principal.ts';
import { AnswerBudgets, answerHolderOf } from '../../../core/answers/budgets.ts';
import { createIssueFeed, type IssueFeed } from '../../../core/issues/issueFeed.ts';
import { shownIssues } from '../../../core/issues/shownIssues.ts';
import { channel, encodeHints } from '../../../core/live/hint.ts';
import { createLiveFeed, type LiveFeed } from '../../../core/live/liveFeed.ts';
import { type Database, openDatabase } from '../../../core/store/database.ts';
import { createIssueStreams, type IssueStreams } from '../../../server/http/issueStream.ts';
import { createPresenter } from '../../../server/http/present.ts';
import { createRateLimits } from '../../../server/http/rateLimit.ts';
import { beyondRate } from '../../support/beyondRate.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { createTenant, type Tenant } from '../../support/tenant.ts';

const log = pino({ level: 'silent' });
const manyIds = Array.from({ length: 180 }, (_, index) => `many${index}`);
const operator: Operator = { kind: 'OPERATOR', id: 'operator' };
let testDatabase: TestDatabase;
let database: Database;
let liveFeed: LiveFeed;
let tenant: Tenant;

beforeAll(async () => {
  testDatabase = await createDatabase();
  database = openDatabase(testDatabase.url);
  liveFeed = createLiveFeed({ pool: database.pool, log, databaseUrl: testDatabase.url });
  tenant = await createTenant(database.pool);
});
afterAll(async () => {
  await liveFeed.close();
  await database.close();
  await testDatabase.drop();
});

/** Changes issues, all in one moment. */
async function put(pool: pg.Pool, title: string, ...externalIds: string[]): Promise<void> {
  const { rows } = await pool.query(
    `INSERT INTO issue AS i (id, organization_id, project_id, provider, external_id, external_key, title, state, url, external_changed_at, changed_at)
     SELECT id, $3, $4, 'JIRA', external_id, 'SHOP-1', $5, 'open', 'https://tracker.example', now(), clock_timestamp()
       FROM unnest($1::uuid[], $2::text[]) AS e(id, external_id)
     ON CONFLICT (project_id, provider, external_id) DO UPDATE SET title = excluded.title, version = i.version + 1, changed_at = clock_timestamp()
     RETURNING id`,
    [externalIds.map(() => v7()), externalIds, tenant.organizationId, tenant.projectId, title],
  );
  const [hint] = encodeHints('issue', new Map([[tenant.organizationId, new Set(rows.map(({ id }) => id))]]));
  await pool.query('SELECT pg_notify($1, $2)', [channel, hint]);
}

describe('a stream', () => {
  let feed: IssueFeed;
  let streams: IssueStreams;
  let server: Server;
  let authorized = true;
  /** What authorization waits for. */
  let asked: () => Promise<unknown> = async () => {};
  let following = 0;
  let organizationId: string;
  /** Whether everybody who asks is one. */
  let sharedPrincipal: boolean;
  let principals = 0;
  let ends: Promise<void>;
  let budgets: AnswerBudgets;
  /** How many issues were read at once, each time. */
  let reads: number[];
  const sockets: Socket[] = [];

  beforeEach(async () => {
    authorized = true;
    asked = async () => {};
    organizationId = tenant.organizationId;
    sharedPrincipal = true;
    following = 0;
    budgets = new AnswerBudgets({ principal: 256 * 1024 });
    reads = [];
    feed = createIssueFeed({ pool: database.pool, log, liveFeed });
    const whoAsks = async (): Promise<Operator> => {
      await asked();
      principals += 1;
      return sharedPrincipal ? operator : { ...operator, id: String(principals) };
    };
    streams = createIssueStreams({
      feed: {
        ...feed,
        changes(request) {
          following += 1;
          request.signal.addEventListener('abort', () => {
            following -= 1;
          });
          return feed.changes(request);
        },
      },
      presenter: createPresenter(log),
      limits: createRateLimits(20),
      budgets,
      maxStreams: 5,
      maxPerPrincipal: 3,
      authenticate: async () => ({ principal: await whoAsks(), credential: 'Bearer key' }),
      again: whoAsks,
      ofProject: async () => {
        if (!authorized) throw Object.assign(new Error('gone'), { code: 'NOT_FOUND' });
        return organizationId;
      },
      issues: (projectId, ids) => {
        reads.push(ids.length);
        return shownIssues(database.prisma, projectId, ids);
      },
      heartbeatMs: 50,
      stalledMs: 300,
    });
    let ended = () => {};
    ends = new Promise((resolve) => {
      ended = resolve;
    });
    server = createServer((request, response) => {
      response.once('close', () => ended());
      void streams.serve(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    streams.close();
    await feed.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  /** A connection that has asked, and whose bytes are read when the test says so. */
  function ask(): Socket {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`GET /api/issues/stream?projectId=${tenant.projectId} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    sockets.push(socket);
    return socket;
  }

  async function readUntil(socket: Socket, holds: (text: string) => boolean): Promise<string> {
    let text = '';
    for await (const chunk of socket) {
      text += chunk;
      if (holds(text)) break;
    }
    return text;
  }

  it('shows that it lives while nothing changes', async () => {
    const text = await readUntil(ask(), (so) => so.split(': still here\n\n').length > 3);
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toContain('retry: 2000\n');
  });

  it('ends at a heartbeat once its reader may not go on, though nothing changes', async () => {
    const socket = ask();
    await new Promise((resolve) => socket.once('data', resolve));
    authorized = false;
    const text = await readUntil(socket, (so) => so.includes('event: end'));
    expect(text).toContain('event: end\ndata: {');
    await ends;
  });

  it('is given up where its reader takes nothing, before it holds more than its buffers', async () => {
    const socket = ask();
    await new Promise((resolve) => socket.once('data', resolve));
    socket.pause();
    const before = process.memoryUsage().arrayBuffers;
    let over = false;
    void ends.then(() => {
      over = true;
    });
    for (let index = 0; !over && index < 2_000; index++)
      await put(database.pool, `${index} ${'x'.repeat(900)}`, ...manyIds);
    await ends;
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
    expect(budgets.held).toBe(0);
  });

  it('reads and writes some issues at once, in their order, however many have changed', async () => {
    const socket = ask();
    await new Promise((resolve) => socket.once('data', resolve));
    await put(database.pool, 'All at once', ...manyIds);
    const text = await readUntil(socket, (so) => so.split('event: issue').length > manyIds.length);
    const ids = [...text.matchAll(/"externalId":"(many\d+)"/g)].map(([, id]) => id);
    expect(new Set(ids)).toEqual(new Set(manyIds));
    expect(Math.max(...reads)).toBe(50);
  });

  it('of a principal that leaves too much unread ends, and the client is told to come again', async () => {
    const reader = ask();
    await new Promise((resolve) => reader.once('data', resolve));
    const done = budgets.unread(answerHolderOf(operator), 256 * 1024, () => {});
    await put(database.pool, 'Not now', '1');
    const text = await readUntil(reader, (so) => so.includes('event: end'));
    expect(text).toContain('"code":"RATE_LIMITED"');
    expect(text).not.toContain('Not now');
    done();
  });

  it('is none for who left while it was looked at who they are', async () => {
    let goOn = () => {};
    let begun = () => {};
    const waiting = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const arrived = new Promise<void>((resolve) => {
      begun = resolve;
    });
    asked = () => {
      begun();
      return waiting;
    };
    const socket = ask();
    await arrived;
    socket.destroy();
    await ends;
    goOn();
    // Once a later one is followed, the earlier one would be as well.
    await new Promise((resolve) => ask().once('data', resolve));
    expect(following).toBe(1);
  });

  it('is refused beyond what a principal may have open, and beyond its rate', async () => {
    const answer = () => readUntil(ask(), (so) => so.includes('retry: 2000') || so.includes('"errors"'));
    for (let open = 0; open < 3; open++) await new Promise((resolve) => ask().once('data', resolve));
    const refused = await answer();
    expect(refused).toMatch(/^HTTP\/1\.1 429 /);
    expect(refused).toContain('at most 3 streams');
    sockets.shift()?.destroy();
    // Until this end has noticed that the other has gone.
    await expect.poll(answer).toMatch(/^HTTP\/1\.1 200 /);
    const answers = await beyondRate(30, answer, (each) => each.includes('At most 20 operations'));
    expect(answers.find((each) => each.includes('At most 20 operations'))).toMatch(/^HTTP\/1\.1 429 /);
  });

  it('finds a place although another organization’s keys take as many as they can', async () => {
    sharedPrincipal = false;
    const answer = () => readUntil(ask(), (so) => so.includes('retry: 2000') || so.includes('"errors"'));
    const opened: string[] = [];
    for (let open = 0; open < 4; open++) {
      opened.push(await new Promise<string>((resolve) => ask().once('data', (data) => resolve(String(data)))));
    }
    expect(opened.every((each) => each.startsWith('HTTP/1.1 200 '))).toBe(true);
    expect(await answer()).toMatch(/^HTTP\/1\.1 503 [\s\S]*retry-after: 5\r\n/i);
    organizationId = '01976b5e-0000-7000-8000-000000000001';
    expect(await answer()).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('ends with the process, and says nothing wrong', async () => {
    const socket = ask();
    await new Promise((resolve) => socket.once('data', resolve));
    streams.close();
    await ends;
  });
});

describe('a subscriber of issues', () => {
  it('that takes nothing is ended once more issues wait than it may leave, and told to resume', async () => {
    const feed = createIssueFeed({ pool: database.pool, log, liveFeed, maxPendingEach: 3 });
    const ending = new AbortController();
    const changes = feed.changes({
      organizationId: tenant.organizationId,
      projectId: tenant.projectId,
      signal: ending.signal,
    });
    const cursor = await changes.ready;
    await put(database.pool, 'Waiting', '20', '21', '22', '23', '24');
    await expect(changes.next()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    // Nothing is lost: what it did not take is there after the cursor.
    const resumed = feed.changes({
      organizationId: tenant.organizationId,
      projectId: tenant.projectId,
      after: cursor,
      signal: ending.signal,
    });
    const titles = new Set<string>();
    for await (const batch of resumed) {
      for (const { id } of batch) titles.add(id);
      if (titles.size >= 5) break;
    }
    ending.abort();
    await feed.close();
  });
});
