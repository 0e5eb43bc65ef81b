import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { operatorKey, TestApi, type TestTenant } from '../../support/api.ts';
import { GraphQLSocket } from '../../support/graphqlSocket.ts';
import { slowness } from '../../support/slowness.ts';

const publish = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }';
const mebibyte = 1024 * 1024;

/** Asks for events' data, each by a name of its own. */
const dataOf = (ids: readonly string[]) =>
  `{ ${ids.map((id, index) => `e${index}: event(id: "${id}") { data }`).join(' ')} }`;

describe('a large answer', { timeout: 90_000 }, () => {
  let api: TestApi;
  let tenant: TestTenant;
  let other: TestTenant;
  /** Of 0.96 MB each. */
  let large: string[];
  let link: string;
  const sockets: Socket[] = [];
  const graphqlSockets: GraphQLSocket[] = [];

  beforeAll(async () => {
    api = await TestApi.start({}, { answers: { stalledMs: 3_000, waitMs: 5_000 } });
    tenant = await api.tenant();
    other = await api.tenant();
    await api.eventType(tenant, 'any.thing', {});
    const input = (n: number) => ({
      projectId: tenant.projectId,
      events: [{ type: 'any.thing', data: { n, x: 'x'.repeat(960_000) } }],
    });
    large = [];
    for (let n = 0; n < 18; n++) {
      large.push((await api.data(tenant.key, publish, { input: input(n) })).publishEvents.events[0].id);
    }
    const { createPortalLink } = await api.data(
      tenant.key,
      'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { token } }',
      { input: { projectId: tenant.projectId, permissions: ['WEBHOOK_READ'] } },
    );
    link = createPortalLink.token;
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const { socket } of graphqlSockets.splice(0)) socket.terminate();
    await expect.poll(() => api.http.budgets.held, { timeout: 40_000 }).toBe(0);
  });
  afterAll(() => api.close());

  /** Asks over a connection of its own, and reads nothing of the answer. */
  function deaf(key: string, query: string): Socket {
    const { hostname, port } = new URL(api.url);
    const body = JSON.stringify({ query });
    const socket = connect({ host: hostname, port: Number(port) });
    socket.on('error', () => {});
    socket.pause();
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    sockets.push(socket);
    return socket;
  }

  /** How long another organization's calls take while something goes on, in milliseconds. */
  async function longestWhile(going: Promise<unknown>): Promise<number> {
    let over = false;
    void going.finally(() => {
      over = true;
    });
    let longest = 0;
    while (!over) {
      const began = performance.now();
      await api.data(other.key, '{ viewer { id } deliveries(first: 5) { edges { node { id } } } }');
      longest = Math.max(longest, performance.now() - began);
      await delay(20);
    }
    return longest;
  }

  it('of up to 16 MiB comes whole, over HTTP and over WebSocket', async () => {
    const ids = large.slice(0, 15);
    const answer = await api.data(link, dataOf(ids));
    expect(ids.map((_, index) => answer[`e${index}`].data.n)).toEqual(ids.map((_, index) => index));
    const socket = await new GraphQLSocket(api.url).open(link);
    graphqlSockets.push(socket);
    socket.subscribe('1', dataOf(ids));
    socket.subscribe('2', '{ viewer { kind } }');
    const messages = [await socket.next(), await socket.next(), await socket.next(), await socket.next()];
    const whole = messages.find(({ id, type }) => id === '1' && type === 'next');
    expect(ids.map((_, index) => whole?.payload.data[`e${index}`].data.n)).toEqual(ids.map((_, index) => index));
  });

  it('is refused before more is read than an operation may hold, and says where', async () => {
    const { errors, text } = await api.ask(link, dataOf(large));
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'LIMIT_EXCEEDED' } });
    expect(errors?.[0]?.path?.at(-1)).toBe('data');
    expect(text.length).toBeLessThan(16 * mebibyte);
  });

  it('is refused before it is written where aliases repeat what was read once', async () => {
    const again = dataOf(Array.from({ length: 120 }, () => large[0] as string));
    const { data, errors, text } = await api.ask(link, again);
    expect([data, errors?.[0]]).toMatchObject([
      null,
      { path: [expect.stringMatching(/^e\d+$/), 'data', 'x'].slice(0, 2), extensions: { code: 'LIMIT_EXCEEDED' } },
    ]);
    expect(text.length).toBeLessThan(1_000);
  });

  it('of other texts that tenants make long is bounded just so', async () => {
    const webhook = await api.webhook(tenant);
    const client = new pg.Client({ connectionString: api.database.url });
    await client.connect();
    try {
      // What receivers answered, 64 KiB each; and an organization's record of what was changed.
      await client.query(
        `WITH made AS (
           INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status, attempt_count)
           SELECT gen_random_uuid(), $1, $2, $3, $4, 'any.thing', 'FAILED', 9 FROM generate_series(1, 18)
           RETURNING id)
         INSERT INTO attempt (delivery_id, number, started_at, duration_ms, outcome, response_code, response_headers, response_body)
         SELECT id, n, now(), 1, 'HTTP_ERROR', 500, json_build_array(json_build_array('x-long', repeat('h', 60000))), repeat('r', 65536)
           FROM made, generate_series(1, 9) n`,
        [tenant.organizationId, tenant.projectId, webhook.id, large[0]],
      );
      await client.query(
        `INSERT INTO audit_event (id, organization_id, principal_kind, principal_id, action, target_type, target_id, before, after)
         SELECT gen_random_uuid(), $1, 'OPERATOR', 'x', 'webhook.updated', 'webhook', 'x',
                json_build_object('x', repeat('b', 100000)), json_build_object('x', repeat('a', 100000))
           FROM generate_series(1, 100)`,
        [tenant.organizationId],
      );
      await client.query(
        `INSERT INTO webhook (id, organization_id, project_id, name, description, profile, url, event_types, retry_schedule_ms)
         SELECT gen_random_uuid(), $1, $2, 'x', repeat('d', 2000), 'STANDARD', 'https://example.com',
                ARRAY(SELECT repeat('t', 127) || n FROM generate_series(1, 500) n), '{}'
           FROM generate_series(1, 40)`,
        [tenant.organizationId, tenant.projectId],
      );
      await client.query(
        `INSERT INTO event_type (id, organization_id, project_id, name, schema, example)
         SELECT gen_random_uuid(), $1, $2, 'own.type' || n, '{}', json_build_object('x', repeat('e', 900000))
           FROM generate_series(1, 20) n`,
        [tenant.organizationId, tenant.projectId],
      );
    } finally {
      await client.end();
    }
    const organization = `organizationId: "${tenant.organizationId}"`;
    const page = (field: string, selection: string, first: number) =>
      `{ ${field}(${organization}, first: ${first}) { edges { node { ${selection} } } } }`;
    const again = 'abcdefgh'.replace(/./g, 'l$&: eventTypes ');
    for (const [query, last] of [
      [page('deliveries', 'attempts { responseBody }', 18), 'responseBody'],
      [page('deliveries', 'attempts { responseHeaders { name value } }', 18), 'responseHeaders'],
      [page('deliveries', 'request { body }', 18), 'request'],
      [page('auditEvents', 'before', 100), 'before'],
      [page('auditEvents', 'after', 100), 'after'],
      [`{ eventTypes(projectId: "${tenant.projectId}") { name example } }`, 'example'],
      [page('webhooks', `eventTypes ${again}`, 40), 'edges'],
    ] as const) {
      const { errors, text } = await api.ask(tenant.key, query);
      expect([errors?.[0]?.extensions.code, text.length < 17 * mebibyte], query).toEqual(['LIMIT_EXCEEDED', true]);
      expect(errors?.[0]?.path?.join('.'), query).toContain(last);
    }
    // What does not ask for them is served, however many they are.
    const { eventTypes } = await api.data(
      tenant.key,
      `{ eventTypes(projectId: "${tenant.projectId}") { name category } }`,
    );
    expect(eventTypes).toContainEqual({ name: 'own.type20', category: null });
    expect(
      (await api.data(tenant.key, page('deliveries', 'attempts { responseBody }', 2))).deliveries.edges,
    ).toHaveLength(2);
  });

  it('of one text that is asked for many times, by many who read nothing, has room before it is written', async () => {
    // Its backslashes are written as two.
    const data = { x: '\\'.repeat(60_000) };
    const input = { projectId: tenant.projectId, events: [{ type: 'any.thing', data }] };
    const aliased = (names: string) => names.replace(/./g, '$&: dataText ');
    const times = aliased('abcdefghijklmnopqrstuvwx');
    await api.webhook(tenant);
    const { publishEvents } = await api.data(
      tenant.key,
      `mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id ${aliased('abcdef')} } } }`,
      { input },
    );
    const [{ id, a, f }] = publishEvents.events;
    expect([a === f, a.length]).toEqual([true, 120_008]);
    let most = 0;
    const watching = setInterval(() => {
      most = Math.max(most, api.http.budgets.held);
    }, 5);
    for (let index = 0; index < 12; index++) {
      deaf(link, `{ event(id: "${id}") { ${times} } }`);
      const socket = await new GraphQLSocket(api.url).open(link);
      graphqlSockets.push(socket);
      socket.subscribe('1', `subscription { deliveryUpdated { event { ${times} } } }`);
      socket.socket.pause();
    }
    await api.data(tenant.key, publish, { input });
    await expect.poll(() => most, { timeout: 40_000 }).toBeGreaterThan(16 * mebibyte);
    // A principal's 32 MiB, and what is counted twice while it is handed to its reader.
    await delay(500);
    clearInterval(watching);
    expect(most).toBeLessThan(40 * mebibyte);
  });

  it('that nobody reads, thirty at once, neither holds others up nor the memory', async () => {
    const before = process.memoryUsage.rss();
    const repeated = dataOf(Array.from({ length: 120 }, () => large[0] as string));
    const allowed = dataOf(large.slice(0, 15));
    for (let index = 0; index < 30; index++) deaf(link, index % 2 === 0 ? repeated : allowed);
    for (let index = 0; index < 12; index++) {
      const socket = await new GraphQLSocket(api.url).open(tenant.key);
      graphqlSockets.push(socket);
      socket.socket.pause();
      socket.subscribe('1', index % 2 === 0 ? repeated : allowed);
    }
    let most = 0;
    const watching = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss());
    }, 20);
    const longest = await longestWhile(delay(6_000));
    clearInterval(watching);
    expect(most - before).toBeLessThan(700 * mebibyte);
    expect(longest).toBeLessThan(1_500 * (await slowness()));
    // All that it held comes back by itself, although the sockets stay.
    await expect.poll(() => api.http.budgets.held, { timeout: 40_000 }).toBe(0);
  });

  it('ends the connection of whoever takes nothing of it, and the memory comes back', async () => {
    const socket = deaf(link, dataOf(large.slice(0, 15)));
    await expect.poll(() => api.http.budgets.held, { timeout: 40_000 }).toBeGreaterThan(mebibyte);
    await expect.poll(() => api.http.budgets.held, { timeout: 40_000 }).toBe(0);
    expect(await new Promise((resolve) => socket.resume().once('close', resolve))).toBeDefined();
  });

  it('of one who lets many lie is not begun before those are read', async () => {
    const allowed = dataOf(large.slice(0, 15));
    deaf(link, allowed);
    deaf(link, allowed);
    await expect.poll(() => api.http.budgets.held, { timeout: 40_000 }).toBeGreaterThan(26 * mebibyte);
    const began = performance.now();
    const { errors } = await api.ask(link, allowed);
    // It waits for its turn, which comes once one of the others was ended.
    expect([errors?.[0]?.extensions.code ?? 'served', performance.now() - began > 100]).toEqual(['served', true]);
    // Whoever is not of this principal does not wait.
    await api.data(operatorKey, allowed);
  });
});
