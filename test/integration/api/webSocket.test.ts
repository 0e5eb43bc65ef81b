import { once } from 'node:events';
import { type Client, createClient } from 'graphql-ws';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { operatorKey, TestApi, type TestTenant } from '../../support/api.ts';
import { GraphQLSocket } from '../../support/graphqlSocket.ts';
import { Receiver } from '../../support/receiver.ts';

describe('WebSocket', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let receiver: Receiver;
  const closing: (() => unknown)[] = [];

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant();
    receiver = await new Receiver().listen();
    await api.eventType(tenant, 'crane.moved');
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  afterAll(async () => {
    await api.close();
    await receiver.close();
  });

  const open = async (key: string, url = api.url) => {
    const socket = new GraphQLSocket(url);
    closing.push(() => socket.socket.terminate());
    return socket.open(key);
  };
  const publish = (data: object = {}, projectId = tenant.projectId, key = tenant.key) =>
    api.data(key, 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }', {
      input: { projectId, events: [{ type: 'crane.moved', data }] },
    });

  it('runs queries and mutations, with the text of JSON kept both ways', async () => {
    const socket = await open(tenant.key);
    const query = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { data } } }';
    const data = '{"z":1.0,"2":[1E5],"1":"\\u00e9"}';
    socket.send(
      `{"id":"1","type":"subscribe","payload":{"query":${JSON.stringify(query)},"variables":{"input":{"projectId":"${tenant.projectId}","events":[{"type":"crane.moved","data":${data}}]}}}}`,
    );
    expect(await socket.nextText()).toContain(`{"data":${data}}`);
    expect(await socket.next()).toEqual({ id: '1', type: 'complete' });
  });

  it('refuses what HTTP refuses, with the same codes and fields', async () => {
    const socket = await open(tenant.key);
    const refusal = async (payload: string) => {
      socket.send(`{"id":"1","type":"subscribe","payload":${payload}}`);
      const { type, payload: answer } = await socket.next();
      if (type === 'next') await socket.next();
      const [error] = type === 'error' ? answer : answer.errors;
      const { requestId, ...extensions } = error.extensions;
      expect(requestId).toEqual(expect.any(String));
      return extensions;
    };
    const query = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }';
    const variables = `{"input":{"projectId":"${tenant.projectId}","events":[{"type":"crane.moved","data":{"big":9007199254740993}}]}}`;
    const unsafe = `{"query":${JSON.stringify(query)},"variables":${variables}}`;
    expect(await refusal(unsafe)).toEqual({ code: 'VALIDATION_FAILED', field: 'input.events[0].data.big' });
    expect(await refusal('{"query":"{ nothing }"}')).toEqual({ code: 'VALIDATION_FAILED' });
    expect(await refusal('{"query":"{ viewer {"}')).toEqual({ code: 'VALIDATION_FAILED' });
    expect(await refusal('{"query":"{ webhook(id: \\"x\\") { id } }"}')).toEqual({ code: 'NOT_FOUND', field: 'id' });
    expect(await refusal('{"query":"query ($id: ID!) { webhook(id: $id) { id } }"}')).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'id',
    });
  });

  it.each([
    ['a wrong key', { type: 'connection_init', payload: { authorization: 'Bearer ehk_wrong' } }, 4401],
    ['no key', { type: 'connection_init' }, 4401],
    ['an operation before the key', { id: '1', type: 'subscribe', payload: { query: '{ viewer { kind } }' } }, 4401],
    ['no message of the protocol', 'hello', 4400],
  ])('closes a connection that brings %s', async (_what, message, code) => {
    const socket = await new GraphQLSocket(api.url).open();
    socket.send(message);
    expect(await socket.closed).toBe(code);
  });

  it('closes a connection of another protocol, and one whose message is beyond 1 MiB', async () => {
    const other = new GraphQLSocket(api.url, 'graphql-ws');
    expect(await other.closed).not.toBe(1000);
    const large = await open(tenant.key);
    large.send('x'.repeat(1024 * 1024 + 1));
    expect(await large.closed).toBe(1009);
  });

  it('upgrades nothing beside /graphql', async () => {
    const socket = new WebSocket(`${api.url.replace('http', 'ws')}/elsewhere`, 'graphql-transport-ws');
    const [error] = await once(socket, 'error');
    expect(error.message).toContain('404');
  });

  it('limits the operations of one connection', async () => {
    const socket = await open(tenant.key);
    for (let id = 0; id < 101; id++) socket.subscribe(String(id), 'subscription { deliveryUpdated { id } }');
    const refused = await socket.next();
    expect([refused.type, refused.payload[0].extensions.code]).toEqual(['error', 'LIMIT_EXCEEDED']);
  });

  it('that breaks off amid what it asks is an outage of nothing: no line warns of the database', async () => {
    const connections = async () =>
      /everhook_live_subscribers\{state="connections"\} (\d+)/.exec(
        await (await fetch(`${api.url}/metrics`)).text(),
      )?.[1];
    // Those of the tests before end by themselves.
    await expect.poll(connections).toBe('0');
    const warned = api.logged.length;
    const sockets = await Promise.all(Array.from({ length: 10 }, () => open(tenant.key)));
    expect(await connections()).toBe(String(sockets.length));
    for (const socket of sockets) {
      socket.subscribe('watch', 'subscription { deliveryUpdated { id } }');
      for (let id = 0; id < 20; id++)
        socket.subscribe(String(id), '{ webhooks(first: 50) { nodes { id deliveries(first: 5) { nodes { id } } } } }');
    }
    // Its answers are under way.
    await Promise.all(sockets.map((socket) => socket.next()));
    for (const { socket } of sockets) socket.terminate();
    await publish();
    await expect.poll(connections).toBe('0');
    expect(api.logged.slice(warned)).toEqual([]);
  });

  it('ends with 1001 when the process does', async () => {
    const own = await TestApi.start();
    const socket = await open(operatorKey, own.url);
    const closed = own.close();
    expect(await socket.closed).toBe(1001);
    await closed;
  });

  describe('deliveryUpdated', () => {
    const client = (key: string): Client => {
      const made = createClient({
        url: `${api.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${key}` },
        retryAttempts: 0,
      });
      closing.push(() => made.dispose());
      return made;
    };
    // biome-ignore lint/suspicious/noExplicitAny: tests read what they asked for.
    const watch = (key: string, args: string, variables?: Record<string, unknown>): AsyncIterableIterator<any> =>
      client(key).iterate({
        query: `subscription ${variables ? '($after: String)' : ''} { deliveryUpdated${args} { id status version cursor eventType webhook { name } attempts { number } } }`,
        ...(variables ? { variables } : {}),
      });
    const cursorNow = async (key: string) =>
      (await api.data(key, `{ deliveryCursor(projectId: "${tenant.projectId}") }`)).deliveryCursor;

    it('tells every change of a delivery up to its end, read anew each time', async () => {
      const webhook = await api.webhook(tenant, { url: receiver.url });
      const after = await cursorNow(tenant.key);
      const changes = watch(tenant.key, `(webhookId: "${webhook.id}", after: $after)`, { after });
      await publish();
      let last: { status: string; version: number; cursor: string; attempts: object[] } | undefined;
      for await (const { data, errors } of changes) {
        expect(errors).toBeUndefined();
        if (last) expect(data.deliveryUpdated.version).toBeGreaterThan(last.version);
        last = data.deliveryUpdated;
        if (last?.status === 'DELIVERED') break;
      }
      expect(last?.attempts).toEqual([{ number: 1 }]);
      expect(last?.cursor).toBeTruthy();
      await api.data(tenant.key, 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', {
        id: webhook.id,
      });
    });

    it('tells a tenant nothing of another, and a key of one project nothing of its siblings', async () => {
      const other = await api.tenant();
      await api.eventType(other, 'crane.moved');
      await api.webhook(other, { url: receiver.url, name: 'Theirs' });
      const webhook = await api.webhook(tenant, { url: receiver.url, name: 'Ours' });
      const restricted = await api.key(tenant.key, {
        organizationId: tenant.organizationId,
        projectId: tenant.projectId,
        role: 'VIEWER',
      });
      const { createProject } = await api.data(
        tenant.key,
        'mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }',
        {
          input: { organizationId: tenant.organizationId, name: 'Dry dock' },
        },
      );
      const sibling = { ...tenant, projectId: createProject.project.id };
      await api.eventType(sibling, 'crane.moved');
      await api.webhook(sibling, { url: receiver.url, name: 'Sibling' });

      const after = await cursorNow(restricted);
      const changes = watch(restricted, '(after: $after)', { after });
      await publish({}, other.projectId, other.key);
      await publish({}, sibling.projectId);
      await publish();
      for await (const { data } of changes) {
        const { name } = data.deliveryUpdated.webhook;
        expect(['Theirs', 'Sibling']).not.toContain(name);
        if (name === 'Ours') break;
      }
      await api.data(tenant.key, 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', {
        id: webhook.id,
      });
    });

    it('is refused at once for what the principal may not see, or may not do', async () => {
      const other = await api.tenant();
      const theirs = await api.webhook(other);
      const publisher = await api.key(tenant.key, {
        organizationId: tenant.organizationId,
        permissions: ['EVENT_PUBLISH'],
      });
      const socket = await open(tenant.key);
      const poor = await open(publisher);
      const refusal = async (from: GraphQLSocket, args: string) => {
        from.subscribe('1', `subscription { deliveryUpdated${args} { id } }`);
        const { type, payload } = await from.next();
        const [error] = type === 'error' ? payload : payload.errors;
        if (type === 'next') await from.next();
        const { requestId, ...extensions } = error.extensions;
        expect(requestId).toEqual(expect.any(String));
        return extensions;
      };
      expect(await refusal(socket, `(organizationId: "${other.organizationId}")`)).toMatchObject({ code: 'NOT_FOUND' });
      expect(await refusal(socket, `(projectId: "${other.projectId}")`)).toMatchObject({ code: 'NOT_FOUND' });
      expect(await refusal(socket, `(webhookId: "${theirs.id}")`)).toMatchObject({ code: 'NOT_FOUND' });
      expect(await refusal(socket, '(after: "nonsense")')).toEqual({ code: 'VALIDATION_FAILED', field: 'after' });
      expect(await refusal(poor, '')).toMatchObject({ code: 'FORBIDDEN' });
    });

    it('reads the rows of changes that it tells together at once', async () => {
      const webhook = await api.webhook(tenant, { url: receiver.url });
      const after = await cursorNow(tenant.key);
      const events = Array.from({ length: 60 }, () => ({ type: 'crane.moved', data: {} }));
      const publishing = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }';
      await api.data(tenant.key, publishing, { input: { projectId: tenant.projectId, events } });
      const delivered = async () =>
        (
          await api.data(
            tenant.key,
            `{ deliveries(webhookId: "${webhook.id}", statuses: [DELIVERED], first: 100) { edges { node { id } } } }`,
          )
        ).deliveries.edges;
      await expect.poll(delivered, { timeout: 10_000 }).toHaveLength(60);

      const spy = vi.spyOn(pg.Client.prototype, 'query');
      const told = new Set<string>();
      for await (const { data } of watch(tenant.key, `(webhookId: "${webhook.id}", after: $after)`, { after })) {
        expect(data.deliveryUpdated).toMatchObject({ status: 'DELIVERED', attempts: [{ number: 1 }] });
        told.add(data.deliveryUpdated.id);
        if (told.size === 60) break;
      }
      const statements = spy.mock.calls.map(([statement]) => (statement as { text?: string } | undefined)?.text ?? '');
      spy.mockRestore();
      const reads = statements.filter((text) => text.includes('"public"."attempt"'));
      expect(reads.length).toBeGreaterThan(0);
      expect(reads.length).toBeLessThan(10);
      await api.data(tenant.key, 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', {
        id: webhook.id,
      });
    });

    it('ends at the next change after its key was revoked', async () => {
      const webhook = await api.webhook(tenant, { url: receiver.url });
      const { createApiKey } = await api.data(
        tenant.key,
        'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { id } } }',
        { input: { organizationId: tenant.organizationId, name: 'Watcher', role: 'VIEWER' } },
      );
      const socket = await open(createApiKey.key);
      const after = await cursorNow(tenant.key);
      socket.subscribe('1', 'subscription ($after: String) { deliveryUpdated(after: $after) { id status } }', {
        after,
      });
      await publish();
      expect((await socket.next()).type).toBe('next');
      await api.data(tenant.key, 'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id } } }', {
        id: createApiKey.apiKey.id,
      });
      await publish();
      let message = await socket.next();
      while (message.type === 'next') message = await socket.next();
      expect(message).toMatchObject({ id: '1', type: 'error' });
      expect(message.payload[0].extensions).toEqual({ code: 'UNAUTHENTICATED', requestId: expect.any(String) });
      await api.data(tenant.key, 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', {
        id: webhook.id,
      });
    });

    it('is not served over HTTP, which says where', async () => {
      const { status, errors } = await api.ask(tenant.key, 'subscription { deliveryUpdated { id } }');
      expect([status, errors?.[0]?.message]).toEqual([400, expect.stringContaining('WebSocket')]);
    });
  });
});
