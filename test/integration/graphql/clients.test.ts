import { createHash } from 'node:crypto';
import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { cacheExchange, fetchExchange, Client as UrqlClient } from '@urql/core';
import { GraphQLClient } from 'graphql-request';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { TestApi, type TestTenant } from '../../support/api.ts';

const watching = 'subscription ($after: String) { deliveryUpdated(after: $after) { id status version cursor } }';

describe('a client of GraphQL as people have it', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let url: string;
  let headers: { authorization: string };

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant();
    await api.eventType(tenant, 'crane.moved');
    url = `${api.url}/graphql`;
    headers = { authorization: `Bearer ${tenant.key}` };
  });
  afterAll(() => api.close());

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
        expect(result.errors?.[0]?.extensions).toEqual({ code: 'VALIDATION_FAILED' });
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
