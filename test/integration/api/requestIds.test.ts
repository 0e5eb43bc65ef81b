import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { connected } from '../../../local/connected.ts';
import { operatorKey, TestApi, type TestTenant } from '../../support/api.ts';
import { GraphQLSocket } from '../../support/graphqlSocket.ts';

const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

describe('the id of a request', () => {
  let api: TestApi;
  let tenant: TestTenant;

  beforeAll(async () => {
    api = await TestApi.start({ limits: { bodyBytes: 20_000, ratePerSecond: 200 } }, { traced: true });
    tenant = await api.tenant('TASKS');
  });
  afterAll(() => api.close());

  const ask = (path: string, init: RequestInit & { headers?: Record<string, string> } = {}) =>
    fetch(`${api.url}${path}`, init);
  const json = { 'content-type': 'application/json' };
  const authorized = () => ({ authorization: `Bearer ${tenant.key}` });
  const post = (body: string, headers: Record<string, string> = {}) => ({
    method: 'POST',
    headers: { ...json, ...headers },
    body,
  });
  /** What the server answers to bytes that no client would send. */
  async function raw(text: string): Promise<string> {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => {
      answer += data;
    });
    socket.write(text);
    await once(socket, 'close');
    return answer;
  }

  it('is in every answer, whatever is asked and whatever becomes of it', async () => {
    const long = 'x'.repeat(20_001);
    const answers: Record<string, Response> = {
      query: await ask('/graphql', post('{"query":"{ viewer { kind } }"}', authorized())),
      'query by GET': await ask('/graphql?query={viewer{kind}}', { headers: authorized() }),
      'query as events': await ask('/graphql?query={viewer{kind}}', {
        headers: { ...authorized(), accept: 'text/event-stream' },
      }),
      'no key': await ask('/graphql', post('{"query":"{ viewer { kind } }"}')),
      'no JSON': await ask('/graphql', post('{', authorized())),
      'too long': await ask('/graphql', post(long, authorized())),
      'REST too long': await ask('/v1/events', post(long, authorized())),
      REST: await ask('/v1/webhooks', { headers: authorized() }),
      description: await ask('/v1/openapi.json'),
      'no tracker': await ask('/api/webhooks/x', post('{}')),
      'no stream': await ask('/api/issues/stream'),
      alive: await ask('/healthz'),
      ready: await ask('/readyz'),
      metrics: await ask('/metrics'),
      entry: await ask('/', { headers: { accept: 'application/json' } }),
      page: await ask('/', { headers: { accept: 'text/html' } }),
      nothing: await ask('/nothing'),
    };
    const ids = Object.entries(answers).map(([what, { headers }]) => [what, headers.get('x-request-id')]);
    for (const [what, id] of ids) expect(id, `${what}`).toMatch(uuidV7);
    expect(new Set(ids.map(([, id]) => id)).size).toBe(ids.length);
    await Promise.all(Object.values(answers).map((answer) => answer.text()));
  });

  it('is in the answers to what is no request that can be read, and to an upgrade that is refused', async () => {
    for (const [sent, status] of [
      ['NONSENSE\r\n\r\n', 400],
      [`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
      ['GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n', 404],
      ['GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n', 400],
    ] as const) {
      const answer = await raw(sent);
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(/\r\nX-Request-Id: (.+)\r\n/.exec(answer)?.[1]).toMatch(uuidV7);
    }
  });

  it('is the caller’s own where that is well formed, and a new one where it is not', async () => {
    for (const own of ['a', 'Req_1.2-3', 'x'.repeat(128)]) {
      const { headers } = await ask('/healthz', { headers: { 'x-request-id': own } });
      expect(headers.get('x-request-id')).toBe(own);
    }
    for (const wrong of ['', 'a b', 'x'.repeat(129), 'a,b', 'é', '<script>']) {
      const { headers } = await ask('/healthz', { headers: { 'x-request-id': wrong } });
      expect(headers.get('x-request-id'), wrong).toMatch(uuidV7);
    }
  });

  it('is in every error: of GraphQL by each transport, and of REST', async () => {
    const id = { 'x-request-id': 'mine' };
    const misspelt = '{"query":"{ viewer { knid } }"}';
    const missing = '{"query":"{ webhook(id: \\"x\\") { id } }"}';
    const unknown = '{"query":"query ($id: ID!) { webhook(id: $id) { id } }","variables":{"id":7.5}}';
    for (const body of [misspelt, missing, unknown, '{', '{"query":"{ a"}', '{}']) {
      const answer = await (await ask('/graphql', post(body, { ...authorized(), ...id }))).json();
      for (const { extensions } of answer.errors) expect(extensions, body).toMatchObject({ requestId: 'mine' });
      const events = { ...authorized(), ...id, accept: 'text/event-stream' };
      const streamed = await (await ask('/graphql', post(body, events))).text();
      expect(streamed, body).toContain('"requestId":"mine"');
    }
    // A document that was refused before, for another caller.
    const again = await (await ask('/graphql', post(misspelt, { ...authorized(), 'x-request-id': 'other' }))).json();
    expect(again.errors[0].extensions.requestId).toBe('other');
    const unauthenticated = await (await ask('/graphql', post(misspelt, id))).json();
    expect(unauthenticated.errors[0].extensions).toEqual({ code: 'UNAUTHENTICATED', requestId: 'mine' });
    for (const path of ['/v1/webhooks?limit=0', '/v1/nowhere', '/v1/webhooks/x']) {
      expect(await (await ask(path, { headers: { ...authorized(), ...id } })).json()).toMatchObject({
        requestId: 'mine',
      });
    }
    const inbound = await (await ask('/api/webhooks/x', post('{}', id))).json();
    expect(inbound.errors[0].extensions).toMatchObject({ requestId: 'mine' });
  });

  it('is each operation’s own over a WebSocket', async () => {
    const socket = new WebSocket(`${api.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      headers: { 'x-request-id': 'connection' },
    });
    const [response] = await once(socket, 'upgrade');
    expect(response.headers['x-request-id']).toBe('connection');
    socket.terminate();
    const asking = await new GraphQLSocket(api.url).open(tenant.key);
    const ids = new Set<unknown>();
    for (const [id, query] of [
      ['1', '{ viewer { knid } }'],
      ['2', '{ a'],
      ['3', '{ webhook(id: "x") { id } }'],
    ] as const) {
      asking.subscribe(id, query);
      const { type, payload } = await asking.next();
      const [error] = type === 'error' ? payload : payload.errors;
      expect(error.extensions.requestId, query).toMatch(uuidV7);
      ids.add(error.extensions.requestId);
      if (type === 'next') await asking.next();
    }
    expect(ids.size).toBe(3);
    asking.socket.terminate();
  });

  it('is in the log beside what failed, and in the audit log beside what was done', async () => {
    const id = { 'x-request-id': 'to-be-found' };
    await api.ask(
      tenant.key,
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id } } }',
      { input: { name: 'x', organizationId: tenant.organizationId, role: 'VIEWER' } },
      id,
    );
    const read =
      'query ($id: ID!) { auditEvents(organizationId: $id, first: 5) { edges { node { action requestId } } } }';
    const { auditEvents } = await api.data(tenant.key, read, { id: tenant.organizationId });
    expect(auditEvents.edges[0].node).toEqual({ action: 'API_KEY_CREATED', requestId: 'to-be-found' });

    const { id: webhookId } = await api.webhook(tenant);
    await api.eventType(tenant, 'crane.moved');
    const { deliveryCursor } = await api.data(tenant.key, '{ deliveryCursor }');
    await api.data(
      tenant.key,
      'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }',
      { input: { projectId: tenant.projectId, events: [{ type: 'crane.moved', data: {} }] } },
    );
    // Nothing is left to read, which no caller has done.
    await connected(api.database.url, (client) => client.query('ALTER TABLE webhook_state RENAME TO lost'));
    const query = 'query ($id: ID!) { webhook(id: $id) { health } }';
    const [traceId, spanId] = ['a'.repeat(32), 'b'.repeat(16)];
    const traced = { ...id, traceparent: `00-${traceId}-${spanId}-01` };
    const { text } = await api.ask(operatorKey, query, { id: webhookId }, traced);
    expect(JSON.parse(text).errors[0].extensions).toEqual({ code: 'INTERNAL', requestId: 'to-be-found' });
    // Where traces are recorded, it is found by its trace, too.
    const place = { trace_id: traceId, span_id: spanId, msg: 'an operation failed' };
    expect(api.logged.filter(({ requestId }) => requestId === 'to-be-found')).toMatchObject([place]);

    // Over a socket each operation has extensions in place of headers: an answer, and an event of a subscription.
    const socket = await new GraphQLSocket(api.url).open(operatorKey);
    const begin = (operation: string, variables: object) => {
      const extensions = { traceparent: traced.traceparent };
      socket.send({ id: operation, type: 'subscribe', payload: { query: operation, variables, extensions } });
    };
    const failed = async () => {
      const { errors } = (await socket.next()).payload;
      expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL', requestId: expect.stringMatching(uuidV7) } }]);
      const { requestId } = errors[0].extensions;
      const lines = api.logged.filter((line) => line.requestId === requestId);
      expect(lines).toMatchObject([place]);
    };
    begin(query, { id: webhookId });
    await failed();
    expect(await socket.next()).toMatchObject({ type: 'complete' });
    begin(
      'subscription ($id: ID!, $after: String) { deliveryUpdated(webhookId: $id, after: $after) { webhook { health } } }',
      { id: webhookId, after: deliveryCursor },
    );
    await failed();
    socket.socket.terminate();
  });
});
