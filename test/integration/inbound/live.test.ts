import { request as httpRequest, type IncomingMessage } from 'node:http';
import { createClient } from 'graphql-ws';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { RouteCache } from '../../../core/deliveries/routing.ts';
import { Waker } from '../../../core/deliveries/waker.ts';
import { createIssueSync, type IssueSync } from '../../../core/issues/issueSync.ts';
import { syncIssue } from '../../../core/issues/syncIssue.ts';
import { createNotifier, type Notifier } from '../../../core/live/notifier.ts';
import { generateKey, parseKeyRing } from '../../../core/secrets/keyRing.ts';
import { TestApi } from '../../support/api.ts';
import { gitHubProject, type InboundProject, issueEvent, sendGitHub } from '../../support/inbound.ts';
import { FakeGitHub } from '../../trackers/github.ts';

const log = pino({ level: 'silent' });
const gitHub = new FakeGitHub();
let api: TestApi;
let pool: pg.Pool;
let notifier: Notifier;
let sync: IssueSync;
const ended: (() => unknown)[] = [];

beforeAll(async () => {
  const encryptionKeys = generateKey();
  api = await TestApi.start({ encryptionKeys });
  await gitHub.listen();
  pool = new pg.Pool({ connectionString: api.database.url, max: 6 });
  const keys = parseKeyRing(encryptionKeys);
  // What a worker process does, without the clock that Temporal is.
  notifier = createNotifier(pool, log);
  sync = createIssueSync({
    pool,
    keys,
    log,
    notifier,
    routes: new RouteCache(pool, keys),
    waker: new Waker(async () => {}, log),
    signal: async () => {},
    urlExemptions: { allowHttp: true, allowedPrivateRanges: ['127.0.0.0/8'] },
  });
});
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});
afterAll(async () => {
  await notifier.close();
  await sync.close();
  await pool.end();
  await api.close();
  await gitHub.close();
});

/** An issue changes in the tracker, which reports it, and it is synced. */
async function change(project: InboundProject, number: number, title: string): Promise<void> {
  gitHub.put(`Codertocat/Hello-World#${number}`, { id: 1_000 + number, title, changedAt: new Date() });
  expect((await sendGitHub(project, issueEvent(1_000 + number, number))).status).toBe(200);
  const issue = {
    projectId: project.tenant.projectId,
    provider: 'GITHUB' as const,
    externalId: String(1_000 + number),
  };
  expect(await syncIssue(sync, { issue, now: Date.now(), failures: 0 })).toEqual({ kind: 'done', more: false });
}

interface Streamed {
  readonly id: string | null;
  readonly event: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: tests read what was sent.
  readonly data: any;
}

/** A reader of Server-Sent Events, as the specification parses them. */
class Stream {
  readonly response: IncomingMessage;
  readonly events: Streamed[] = [];
  text = '';
  lastEventId: string | null = null;
  closed = false;
  #watchers: (() => void)[] = [];
  #rest = '';

  private constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.#take(chunk));
    response.on('close', () => {
      this.closed = true;
      this.#tell();
    });
    response.on('error', () => {});
  }

  static open(projectId: string, key: string | null, headers: Record<string, string> = {}): Promise<Stream> {
    return new Promise((resolve, reject) => {
      const sent = httpRequest(`${api.url}/api/issues/stream?projectId=${projectId}`, {
        headers: {
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
          accept: 'text/event-stream',
          ...headers,
        },
      });
      ended.push(() => sent.destroy());
      sent.on('response', (response) => resolve(new Stream(response)));
      sent.on('error', reject);
      sent.end();
    });
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.closed) throw new Error(`The stream ended after ${this.text}`);
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  async count(wanted: number): Promise<readonly Streamed[]> {
    await this.until(() => this.events.length >= wanted);
    return this.events;
  }

  async end(): Promise<void> {
    while (!this.closed) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  #tell(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
  }

  #take(chunk: string): void {
    this.text += chunk;
    const blocks = (this.#rest + chunk).split('\n\n');
    this.#rest = blocks.pop() as string;
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line) => [line.split(': ')[0], line.slice(line.indexOf(': ') + 2)]),
      );
      const id = fields.get('id');
      if (id !== undefined) this.lastEventId = id;
      const data = fields.get('data');
      if (data !== undefined)
        this.events.push({ id: id ?? null, event: fields.get('event') ?? null, data: JSON.parse(data) });
    }
    this.#tell();
  }
}

describe('the stream of a project’s issues', () => {
  it('shows each issue as it changes, whole', async () => {
    const project = await gitHubProject(api, gitHub);
    const stream = await Stream.open(project.tenant.projectId, project.tenant.key);
    await stream.until(() => stream.lastEventId !== null);
    await change(project, 1, 'Berth 4 is double-booked');
    await stream.count(1);
    await change(project, 1, 'Berth 4 is free');
    const [first, second] = await stream.count(2);
    expect(first).toEqual({
      id: expect.any(String),
      event: 'issue',
      data: {
        id: expect.any(String),
        projectId: project.tenant.projectId,
        provider: 'GITHUB',
        externalId: '1001',
        externalKey: 'Codertocat/Hello-World#1',
        title: 'Berth 4 is double-booked',
        state: 'open',
        priority: null,
        assignee: null,
        url: 'https://github.com/Codertocat/Hello-World/issues/1',
        creatorId: 'operator',
        removedAt: null,
        version: 1,
        createdAt: expect.any(String),
        changedAt: expect.any(String),
      },
    });
    expect(second?.data).toMatchObject({ id: first?.data.id, title: 'Berth 4 is free', version: 2 });
  });

  it('says by its headers that nothing on the way is to keep or gather it', async () => {
    const { tenant } = await gitHubProject(api, gitHub);
    const { response } = await Stream.open(tenant.projectId, tenant.key);
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    expect(response.headers['content-encoding']).toBeUndefined();
  });

  it('goes on behind Last-Event-ID without loss, also where nothing had been seen yet', async () => {
    const project = await gitHubProject(api, gitHub);
    const { projectId, key } = project.tenant;
    const before = await Stream.open(projectId, key);
    await before.until(() => before.lastEventId !== null);
    const start = before.lastEventId as string;
    before.response.destroy();
    await change(project, 1, 'While nobody listened');
    const resumed = await Stream.open(projectId, key, { 'last-event-id': start });
    expect((await resumed.count(1))[0]?.data.title).toBe('While nobody listened');
    resumed.response.destroy();
    for (const number of [1, 2, 3]) await change(project, number, `Changed ${number}`);
    const again = await Stream.open(projectId, key, { 'last-event-id': resumed.lastEventId as string });
    await again.until(() => new Set(again.events.map(({ data }) => data.title)).size >= 3);
    expect(
      again.events
        .map(({ data }) => data.title)
        .filter((title) => title.startsWith('Changed'))
        .sort(),
    ).toEqual(['Changed 1', 'Changed 2', 'Changed 3']);
    // And then lives.
    await change(project, 4, 'Live again');
    await again.until(() => again.events.some(({ data }) => data.title === 'Live again'));
  });

  it('is refused without a key, without the permission, for another tenant’s project, and with a foreign cursor', async () => {
    const { tenant } = await gitHubProject(api, gitHub);
    const stranger = await api.tenant();
    const publisher = await api.key(tenant.key, {
      organizationId: tenant.organizationId,
      permissions: ['EVENT_PUBLISH'],
    });
    const other = await Stream.open(stranger.projectId, stranger.key);
    await other.until(() => other.lastEventId !== null);
    const statusOf = async (projectId: string, key: string | null, headers = {}) =>
      (await Stream.open(projectId, key, headers)).response.statusCode;
    expect(await statusOf(tenant.projectId, null)).toBe(401);
    expect(await statusOf(tenant.projectId, 'ehk_wrong')).toBe(401);
    expect(await statusOf(tenant.projectId, publisher)).toBe(403);
    expect(await statusOf(tenant.projectId, stranger.key)).toBe(404);
    expect(await statusOf('nothing', stranger.key)).toBe(404);
    expect(await statusOf(tenant.projectId, tenant.key, { 'last-event-id': other.lastEventId as string })).toBe(400);
    const posted = await fetch(`${api.url}/api/issues/stream?projectId=${tenant.projectId}`, { method: 'POST' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET']);
  });

  it('ends before the next issue once its key is revoked', async () => {
    const project = await gitHubProject(api, gitHub);
    const { organizationId, projectId, key } = project.tenant;
    const { createApiKey } = await api.data(
      key,
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { id } } }',
      { input: { organizationId, name: 'Reader', role: 'VIEWER' } },
    );
    const stream = await Stream.open(projectId, createApiKey.key);
    await stream.until(() => stream.lastEventId !== null);
    await api.data(key, 'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id } } }', {
      id: createApiKey.apiKey.id,
    });
    await change(project, 1, 'Not for this key');
    await stream.end();
    expect(stream.events).toEqual([
      { id: null, event: 'end', data: expect.objectContaining({ code: 'UNAUTHENTICATED' }) },
    ]);
    expect(stream.text).not.toContain('Not for this key');
  });

  it('shows one project alone', async () => {
    const one = await gitHubProject(api, gitHub);
    const other = await gitHubProject(api, gitHub);
    const stream = await Stream.open(one.tenant.projectId, one.tenant.key);
    await stream.until(() => stream.lastEventId !== null);
    await change(other, 2, 'Of another tenant');
    await change(one, 1, 'Of this one');
    await stream.until(() => stream.events.some(({ data }) => data.title === 'Of this one'));
    expect(stream.text).not.toContain('Of another tenant');
  });
});

describe('issueUpdated', () => {
  const document =
    'subscription ($id: ID!, $after: String) { issueUpdated(projectId: $id, after: $after) { id title version cursor project { id } } }';

  function subscribe(key: string, id: string, after?: string) {
    const client = createClient({
      url: `${api.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${key}` },
      retryAttempts: 0,
    });
    ended.push(() => client.dispose());
    return client.iterate<{
      issueUpdated: { id: string; title: string; version: number; cursor: string; project: { id: string } };
    }>({
      query: document,
      variables: { id, after },
    });
  }

  it('tells each change, and after a cursor what was missed', async () => {
    const project = await gitHubProject(api, gitHub);
    const { projectId, key } = project.tenant;
    const updates = subscribe(key, projectId);
    const first = updates.next();
    // The subscription stands once the API listens; until then what changes is found by its first look.
    await change(project, 1, 'Berth 4 is double-booked');
    await expect
      .poll(
        async () => {
          await change(project, 1, `Berth 4 at ${Date.now()}`);
          return Promise.race([
            first.then(() => 'told'),
            new Promise((resolve) => setTimeout(() => resolve('not yet'), 200)),
          ]);
        },
        { timeout: 10_000 },
      )
      .toBe('told');
    const told = (await first).value?.data?.issueUpdated;
    expect(told).toMatchObject({ project: { id: projectId }, cursor: expect.any(String) });
    await updates.return?.();
    await change(project, 2, 'Missed');
    const resumed = subscribe(key, projectId, told?.cursor);
    for await (const { data } of resumed) if (data?.issueUpdated.title === 'Missed') break;
  });

  it('is refused to who may not read there', async () => {
    const { tenant } = await gitHubProject(api, gitHub);
    const stranger = await api.tenant();
    const codeOf = async (key: string) => {
      const result = await subscribe(key, tenant.projectId)
        .next()
        .catch((errors) => ({ value: { errors } }));
      // biome-ignore lint/suspicious/noExplicitAny: either form of a refusal.
      return ((result.value as any).errors ?? [])[0]?.extensions?.code;
    };
    expect(await codeOf(stranger.key)).toBe('NOT_FOUND');
    const publisher = await api.key(tenant.key, {
      organizationId: tenant.organizationId,
      permissions: ['EVENT_PUBLISH'],
    });
    expect(await codeOf(publisher)).toBe('FORBIDDEN');
  });
});

describe('the issues of a project', () => {
  it('are listed the newest first, for who may read there', async () => {
    const project = await gitHubProject(api, gitHub);
    const { projectId, key } = project.tenant;
    for (const number of [1, 2]) await change(project, number, `Issue ${number}`);
    const list =
      'query ($id: ID!) { issues(projectId: $id) { edges { node { title provider externalKey creatorId removedAt } } } }';
    const { issues } = await api.data(key, list, { id: projectId });
    expect(issues.edges.map(({ node }: { node: { title: string } }) => node.title)).toEqual(['Issue 2', 'Issue 1']);
    const stranger = await api.tenant();
    expect((await api.refusal(stranger.key, list, { id: projectId })).code).toBe('NOT_FOUND');
  });
});

it('a change of an issue that a listener takes counts nowhere, as all its deliveries', async () => {
  const project = await gitHubProject(api, gitHub);
  const { projectId, key } = project.tenant;
  await api.webhook(project.tenant, { url: 'https://example.com/' });
  await api.data(key, 'mutation ($input: CreateListenerInput!) { createListener(input: $input) { listener { id } } }', {
    input: { projectId, name: 'A laptop', eventTypes: ['issue.*'] },
  });
  await change(project, 1, 'Berth 4 is double-booked');
  const { rows } = await pool.query(
    `SELECT w.listener_expires_at IS NOT NULL AS listener, d.status, d.is_test
       FROM delivery d JOIN webhook w ON w.id = d.webhook_id WHERE d.project_id = $1 ORDER BY 1`,
    [projectId],
  );
  expect(rows).toEqual([
    { listener: false, status: 'PENDING', is_test: false },
    { listener: true, status: 'HELD', is_test: true },
  ]);
});
