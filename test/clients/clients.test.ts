import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { cacheExchange, fetchExchange, Client as UrqlClient } from '@urql/core';
import { GraphQLClient } from 'graphql-request';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { PrismaClient } from '../../core/store/prisma/client.ts';
import { TestApi, type TestTenant } from '../support/api.ts';
import { tcpProxy } from '../support/tcpProxy.ts';

const here = import.meta.dirname;
const root = join(here, '../..');
const names = ['graphqlWs', 'apollo', 'urql', 'relay', 'graphqlRequest', 'gqlTada'] as const;

/** What each client's code in this folder has, whatever library it is written with. */
interface WrittenClient {
  webhookNames(): Promise<string[]>;
  publish(type: string, data: unknown): Promise<string>;
  watch(after: string, changed: (deliveryId: string) => void): () => void;
  close(): Promise<void> | void;
}

const run = promisify(execFile);
const bin = (name: string) => join(root, 'node_modules/.bin', name);

/** Writes what the clients' own compilers make of their code. */
async function compile(): Promise<void> {
  await mkdir(join(here, 'relay/generated'), { recursive: true });
  await Promise.all([
    run(bin('relay-compiler'), { cwd: join(here, 'relay') }),
    run(bin('graphql-codegen'), ['--config', 'codegen.yml'], { cwd: join(here, 'graphqlRequest') }),
    run(process.execPath, [join(here, 'gqlTada/generate.mjs')]),
  ]);
}

const connect = async (name: (typeof names)[number], url: string, key: string): Promise<WrittenClient> =>
  (await import(`./${name}/client.ts`)).connect(url, key);

const watching = 'subscription ($after: String) { deliveryUpdated(after: $after) { id status version cursor } }';

describe('a client of GraphQL as people have it', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let url: string;
  let headers: { authorization: string };

  beforeAll(async () => {
    [api] = await Promise.all([TestApi.start(), compile()]);
    tenant = await api.tenant();
    await api.eventType(tenant, 'crane.moved');
    url = `${api.url}/graphql`;
    headers = { authorization: `Bearer ${tenant.key}` };
  });
  afterAll(() => api?.close());

  const publish = () =>
    api.data(tenant.key, 'mutation ($i: PublishEventsInput!) { publishEvents(input: $i) { events { id } } }', {
      i: { projectId: tenant.projectId, events: [{ type: 'crane.moved', data: {} }] },
    });
  const cursorNow = async (): Promise<string> => (await api.data(tenant.key, '{ deliveryCursor }')).deliveryCursor;
  /** A fetch that remembers what it was asked for. */
  function watched() {
    const asked: { method: string; url: string; body: string }[] = [];
    const fetching: typeof fetch = (input, init) => {
      asked.push({ method: init?.method ?? 'GET', url: String(input), body: String(init?.body ?? '') });
      return fetch(input, init);
    };
    return { asked, fetching };
  }

  describe('as its users write it', () => {
    let own: TestTenant;
    let key: string;
    let tugs: string;
    beforeAll(async () => {
      own = await api.tenant();
      await api.eventType(own, 'crane.moved');
      for (const name of ['Berths', 'Cranes', 'Quays', 'Tides']) await api.webhook(own, { name });
      tugs = (await api.webhook(own, { name: 'Tugs' })).id;
      key = await api.key(own.key, { organizationId: own.organizationId, projectId: own.projectId, role: 'ADMIN' });
    });

    it.each(names)('asks and changes: %s', async (name) => {
      const client = await connect(name, api.url, key);
      try {
        expect(await client.webhookNames()).toEqual(['Tugs', 'Tides', 'Quays', 'Cranes', 'Berths']);
        const id = await client.publish('crane.moved', { by: name });
        const prisma = api.service.services.prisma as PrismaClient;
        const stored = await prisma.event.findUniqueOrThrow({ where: { id } });
        expect(stored).toMatchObject({ type: 'crane.moved', projectId: own.projectId, data: { by: name } });
        await expect(client.publish('crane.sunk', {})).rejects.toThrow('event type');
      } finally {
        await client.close();
      }
    });

    it('fetches one thing again by its id alone: relay', async () => {
      const client = (await connect('relay', api.url, key)) as WrittenClient & {
        nameAgain(id: string): Promise<string | undefined>;
      };
      const rename = 'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { id } } }';
      try {
        expect(await client.nameAgain(tugs)).toBe('Tugs');
        await api.data(key, rename, { input: { id: tugs, name: 'Pilots' } });
        expect(await client.nameAgain(tugs)).toBe('Pilots');
      } finally {
        await api.data(key, rename, { input: { id: tugs, name: 'Tugs' } });
        await client.close();
      }
    });

    it('subscribes, comes back after a restart and misses nothing: each of them, and curl', async () => {
      const serveAt = (port: number) => api.serve({ port, limits: { bodyBytes: 1024 * 1024, ratePerSecond: 1_000 } });
      const first = await serveAt(0);
      const { deliveryCursor } = await api.data(key, '{ deliveryCursor }');
      const seen = new Map<string, Set<string>>();
      const clients: WrittenClient[] = [];
      for (const name of names) {
        const ids = new Set<string>();
        seen.set(name, ids);
        const client = await connect(name, first.url, key);
        clients.push(client);
        client.watch(deliveryCursor, (id) => ids.add(id));
      }
      const curled = new Set<string>();
      seen.set('curl', curled);
      const curl = curlFrom(deliveryCursor, first.url, (line) => curled.add(JSON.parse(line).data.deliveryUpdated.id));
      try {
        const published = async () => {
          const { publishEvents } = await api.data(
            key,
            'mutation ($i: PublishEventsInput!) { publishEvents(input: $i) { events { deliveries(first: 10) { edges { node { id } } } } } }',
            { i: { events: [{ type: 'crane.moved', data: {} }] } },
          );
          return publishEvents.events[0].deliveries.edges.map(
            ({ node }: { node: { id: string } }) => node.id,
          ) as string[];
        };
        const missing = (ids: readonly string[]) =>
          [...seen].flatMap(([name, set]) => ids.filter((id) => !set.has(id)).map((id) => `${name}: ${id}`));
        const before = await published();
        await expect.poll(() => missing(before), { timeout: 30_000 }).toEqual([]);
        await first.server.close();
        const meanwhile = await published();
        const second = await serveAt(first.port);
        try {
          await expect.poll(() => missing(meanwhile), { timeout: 45_000 }).toEqual([]);
        } finally {
          for (const client of clients) await client.close();
          await second.server.close();
        }
      } finally {
        if (curl.pid !== undefined) process.kill(-curl.pid);
      }
    }, 90_000);

    /** A project with an event type and no webhook, and a key of it. */
    async function another() {
      const tenant = await api.tenant();
      const { organizationId, projectId } = tenant;
      await api.eventType(tenant, 'crane.moved');
      return { tenant, projectId, key: await api.key(tenant.key, { organizationId, projectId, role: 'ADMIN' }) };
    }

    it('publishes once though the connection breaks before the answer, and the mutation is sent again: graphqlWs', async () => {
      const { projectId, key } = await another();
      const proxy = await tcpProxy(api.url);
      const client = await connect('graphqlWs', proxy.url, key);
      try {
        // The socket of a subscription stays; here it brings nothing that could be lost in place of the answer.
        client.watch((await api.data(key, '{ deliveryCursor }')).deliveryCursor, () => {});
        await client.webhookNames();
        proxy.loseAnswers(1);
        const id = await client.publish('crane.moved', { by: 'one who asks twice' });
        expect(proxy.connections).toBe(2);
        const prisma = api.service.services.prisma as PrismaClient;
        const stored = await prisma.event.findMany({ where: { projectId }, select: { id: true } });
        expect(stored).toEqual([{ id }]);
      } finally {
        await client.close();
        await proxy.close();
      }
    });

    it('gives up a connection that died without a word, and misses nothing', async () => {
      const { key, tenant: other } = await another();
      await api.webhook(other);
      const proxy = await tcpProxy(api.url);
      const client = await connect('graphqlWs', proxy.url, key);
      const seen = new Set<string>();
      try {
        client.watch((await api.data(key, '{ deliveryCursor }')).deliveryCursor, (id) => seen.add(id));
        await client.webhookNames();
        proxy.freeze();
        await api.data(key, 'mutation ($i: PublishEventsInput!) { publishEvents(input: $i) { events { id } } }', {
          i: { events: [{ type: 'crane.moved', data: {} }] },
        });
        await expect.poll(() => seen.size, { timeout: 60_000 }).toBe(1);
        expect(proxy.connections).toBe(2);
      } finally {
        await client.close();
        await proxy.close();
      }
    }, 90_000);

    it('says why it is refused: curl', async () => {
      const env = { ...process.env, EVERHOOK_URL: api.url, EVERHOOK_KEY: 'no key' };
      const script = spawn('bash', [join(here, 'curl/watch.sh'), 'c'], { env, detached: true });
      try {
        const [said] = await once(script.stderr, 'data');
        expect(String(said)).toContain('UNAUTHENTICATED');
      } finally {
        if (script.pid !== undefined) process.kill(-script.pid);
      }
    });

    /** Runs the script in a group of its own, because it starts further programs. */
    function curlFrom(cursor: string, at: string, told: (line: string) => void): ChildProcess {
      const env = { ...process.env, EVERHOOK_URL: at, EVERHOOK_KEY: key };
      const script = spawn('bash', [join(here, 'curl/watch.sh'), cursor], { env, detached: true });
      let rest = '';
      script.stdout.on('data', (data) => {
        const lines = `${rest}${data}`.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) told(line);
      });
      return script;
    }

    it('and TypeScript accepts each of them by its types, those of the schema included', async () => {
      const checked = await run(bin('tsc'), ['--project', join(here, 'tsconfig.json')]).catch((error) => error);
      expect(checked.stdout).toBe('');
    });

    it('and docs/clients.md shows this code', async () => {
      const docs = await readFile(join(root, 'docs/clients.md'), 'utf8');
      const folders = ['.', ...names, 'curl'];
      for (const folder of folders) {
        for (const file of await readdir(join(here, folder))) {
          if (!/\.(ts|sh|json|yml|mjs)$/.test(file) || /\.test\.ts$|^tsconfig/.test(file)) continue;
          const code = (await readFile(join(here, folder, file), 'utf8')).trim();
          expect(docs.includes(`\n${code}\n\`\`\`\n`), join(folder, file)).toBe(true);
        }
      }
    });
  });

  describe('urql', () => {
    it('works by its defaults: queries go by GET, mutations by POST', async () => {
      const { asked, fetching } = watched();
      const client = new UrqlClient({
        url,
        exchanges: [cacheExchange, fetchExchange],
        fetchOptions: { headers },
        fetch: fetching,
      });
      const { data, error } = await client.query('{ viewer { kind } }', {}).toPromise();
      expect([data?.viewer.kind, error]).toEqual(['API_KEY', undefined]);
      const made = await client
        .mutation('mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { name } } }', {
          input: { organizationId: tenant.organizationId, name: 'Slipway' },
        })
        .toPromise();
      expect(made.data?.createProject.project.name).toBe('Slipway');
      expect(asked.map(({ method }) => method)).toEqual(['GET', 'POST']);
    });

    it('shows what is wrong, with its code', async () => {
      const client = new UrqlClient({ url, exchanges: [fetchExchange], fetchOptions: { headers } });
      const misspelt = await client.query('{ viewer { knid } }', {}).toPromise();
      expect(misspelt.error?.graphQLErrors[0]).toMatchObject({
        message: expect.stringContaining('knid'),
        extensions: { code: 'VALIDATION_FAILED' },
      });
      const gone = await client.query('query ($id: ID!) { webhook(id: $id) { id } }', { id: 'x' }).toPromise();
      expect(gone.error?.graphQLErrors[0]?.extensions).toMatchObject({ code: 'NOT_FOUND' });
    });

    it('subscribes by Server-Sent Events with fetchSubscriptions', async () => {
      const webhook = await api.webhook(tenant);
      const client = new UrqlClient({
        url,
        exchanges: [cacheExchange, fetchExchange],
        fetchOptions: { headers },
        fetchSubscriptions: true,
        // What it aborts, Node's fetch tells it of once more than urql listens.
        fetch: (input, init) => fetch(input, { ...init, signal: null }),
      });
      const after = await cursorNow();
      const told = new Promise((resolve, reject) => {
        const { unsubscribe } = client.subscription(watching, { after }).subscribe(({ data, error }) => {
          if (error) reject(error);
          else resolve(data?.deliveryUpdated.status);
          unsubscribe();
        });
      });
      await publish();
      expect(await told).toBeTypeOf('string');
      await api.data(tenant.key, 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', {
        id: webhook.id,
      });
    });
  });

  describe('Apollo', () => {
    const apollo = (link: ConstructorParameters<typeof ApolloClient>[0]['link']) =>
      new ApolloClient({ link, cache: new InMemoryCache() });

    it('asks by GET', async () => {
      const { asked, fetching } = watched();
      const client = apollo(new HttpLink({ uri: url, headers, fetch: fetching, useGETForQueries: true }));
      expect((await client.query({ query: gql`query V { viewer { kind } }` })).data).toMatchObject({
        viewer: { kind: 'API_KEY' },
      });
      expect(asked.map(({ method }) => method)).toEqual(['GET']);
      client.stop();
    });

    it('registers a document at the first miss, and sends its digest alone from then on', async () => {
      const { asked, fetching } = watched();
      const link = new PersistedQueryLink({
        sha256: (text) => createHash('sha256').update(text).digest('hex'),
        useGETForHashedQueries: true,
      });
      const ask = async () => {
        const client = apollo(link.concat(new HttpLink({ uri: url, headers, fetch: fetching })));
        const { data } = await client.query({ query: gql`query P { viewer { permissions } }` });
        client.stop();
        return data;
      };
      expect(await ask()).toMatchObject({ viewer: {} });
      expect(await ask()).toMatchObject({ viewer: {} });
      const withText = asked.map((each) => (each.url + each.body).includes('permissions'));
      expect(withText).toEqual([false, true, false]);
    });

    it('keeps what it got by id, and takes changes from the answers of mutations', async () => {
      const client = apollo(new HttpLink({ uri: url, headers }));
      const { id } = await api.webhook(tenant);
      const query = gql`query W($id: ID!) { webhook(id: $id) { id name } }`;
      await client.query({ query, variables: { id } });
      await client.mutate({
        mutation: gql`mutation U($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { id name } } }`,
        variables: { input: { id, name: 'Renamed' } },
      });
      expect(client.readQuery({ query, variables: { id } })).toMatchObject({ webhook: { name: 'Renamed' } });
      client.stop();
      await api.data(tenant.key, 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', {
        id,
      });
    });

    it('shows what is wrong, with its code, by either media type', async () => {
      for (const accept of [undefined, 'application/json', 'application/graphql-response+json']) {
        const client = apollo(new HttpLink({ uri: url, headers: { ...headers, ...(accept ? { accept } : {}) } }));
        const failed = await client.query({ query: gql`query M { viewer { knid } }` }).catch((error: unknown) => error);
        expect(CombinedGraphQLErrors.is(failed), `${accept}: ${failed}`).toBe(true);
        expect((failed as CombinedGraphQLErrors).errors[0]).toMatchObject({
          message: expect.stringContaining('knid'),
          extensions: { code: 'VALIDATION_FAILED' },
        });
        client.stop();
      }
    });

    it('subscribes over graphql-ws', async () => {
      const webhook = await api.webhook(tenant);
      const socket = createWsClient({
        url: url.replace('http', 'ws'),
        webSocketImpl: WebSocket,
        connectionParams: headers,
      });
      const client = apollo(new GraphQLWsLink(socket));
      const after = await cursorNow();
      const told = new Promise((resolve, reject) => {
        client.subscribe({ query: gql(watching), variables: { after } }).subscribe({ next: resolve, error: reject });
      });
      await publish();
      expect(await told).toMatchObject({ data: { deliveryUpdated: { status: expect.any(String) } } });
      await socket.dispose();
      client.stop();
      await api.data(tenant.key, 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', {
        id: webhook.id,
      });
    });
  });

  describe('graphql-request', () => {
    it('asks, and shows what is wrong with its code', async () => {
      const client = new GraphQLClient(url, { headers });
      expect(await client.request('{ viewer { kind } }')).toEqual({ viewer: { kind: 'API_KEY' } });
      const failed = await client.request('{ viewer { knid } }').catch((error: unknown) => error);
      expect(failed).toMatchObject({ response: { errors: [{ extensions: { code: 'VALIDATION_FAILED' } }] } });
    });
  });

  describe('graphql-sse', () => {
    it('asks and subscribes, each on a connection of its own', async () => {
      const webhook = await api.webhook(tenant);
      const client = createSseClient({ url, headers, retryAttempts: 0 });
      for await (const result of client.iterate({ query: '{ viewer { kind } }' })) {
        expect(result.data).toEqual({ viewer: { kind: 'API_KEY' } });
      }
      for await (const result of client.iterate({ query: '{ viewer { knid } }' })) {
        expect(result.errors?.[0]?.extensions).toEqual({ code: 'VALIDATION_FAILED', requestId: expect.any(String) });
      }
      const changes = client.iterate({ query: watching, variables: { after: await cursorNow() } });
      await publish();
      const { value } = await changes.next();
      expect(value.data).toMatchObject({ deliveryUpdated: { status: expect.any(String) } });
      client.dispose();
      await api.data(tenant.key, 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', {
        id: webhook.id,
      });
    });
  });

  describe('comes back after a restart and misses nothing', () => {
    /** Another process's part of the same service, at a port that stays. */
    const serveAt = (port: number) => api.serve({ port, limits: { bodyBytes: 1024 * 1024, ratePerSecond: 1_000 } });
    /** What has been told, and where to go on. */
    function remembering(cursor: string) {
      const seen = { cursor, ids: [] as string[] };
      return {
        seen,
        request: {
          query: watching,
          variables: {
            get after() {
              return seen.cursor;
            },
          },
        },
        take(result: { data?: unknown; errors?: unknown }) {
          if (result.errors) throw new Error(JSON.stringify(result.errors));
          const { id, cursor: next } = (result.data as { deliveryUpdated: { id: string; cursor: string } })
            .deliveryUpdated;
          seen.ids.push(id);
          seen.cursor = next;
        },
      };
    }
    const delivered = async (): Promise<string> => {
      const { publishEvents } = await api.data(
        tenant.key,
        'mutation ($i: PublishEventsInput!) { publishEvents(input: $i) { events { deliveries(first: 1) { edges { node { id } } } } } }',
        { i: { projectId: tenant.projectId, events: [{ type: 'crane.moved', data: {} }] } },
      );
      return publishEvents.events[0].deliveries.edges[0].node.id;
    };

    it.each(['graphql-ws', 'graphql-sse'])('by %s, with its own retries', async (name) => {
      await api.webhook(tenant);
      const first = await serveAt(0);
      const { seen, request, take } = remembering(await cursorNow());
      const closed: number[] = [];
      const sink = {
        next: take,
        error: (error: unknown) => closed.push(Number(String(error).length)),
        complete: () => closed.push(-1),
      };
      const at = `127.0.0.1:${first.port}/graphql`;
      const client =
        name === 'graphql-ws'
          ? createWsClient({
              url: `ws://${at}`,
              webSocketImpl: WebSocket,
              connectionParams: () => headers,
              retryAttempts: 1_000,
              on: { closed: (event) => closed.push((event as { code: number }).code) },
            })
          : createSseClient({ url: `http://${at}`, headers: () => headers, retryAttempts: 1_000 });
      client.subscribe(request as never, sink as never);
      const before = await delivered();
      await expect.poll(() => seen.ids).toContain(before);

      await first.server.close();
      const meanwhile = await delivered();
      const second = await serveAt(first.port);
      await expect.poll(() => seen.ids, { timeout: 30_000 }).toContain(meanwhile);
      // What a refused connection is told of has no code of this side's.
      expect(closed.filter((code) => code !== 1006)).toEqual(name === 'graphql-ws' ? [1001] : []);
      await client.dispose();
      await second.server.close();
    });
  });
});
