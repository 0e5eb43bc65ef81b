import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { EventReader } from '../../support/eventSource.ts';

const subscription = 'subscription ($after: String) { deliveryUpdated(after: $after) { id status event { data } } }';

describe('Server-Sent Events', () => {
  let api: TestApi;
  let tenant: TestTenant;
  const opened: EventReader[] = [];

  beforeAll(async () => {
    api = await TestApi.start({}, { capacity: { sockets: 12, subscriptions: 8 } });
    tenant = await api.tenant();
    await api.eventType(tenant, 'crane.moved', {});
    await api.webhook(tenant);
  });
  afterEach(async () => {
    for (const reader of opened.splice(0)) await reader.close();
  });
  afterAll(() => api.close());

  const cursorNow = async (): Promise<string> => (await api.data(tenant.key, '{ deliveryCursor }')).deliveryCursor;
  const publish = (data: string) =>
    api.post(
      `{"query":"mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }","variables":{"input":{"projectId":"${tenant.projectId}","events":[{"type":"crane.moved","data":${data}}]}}}`,
      { authorization: `Bearer ${tenant.key}` },
    );
  async function open(key = tenant.key, headers: Record<string, string> = {}, query = subscription) {
    const variables = { after: await cursorNow() };
    const response = await fetch(`${api.url}/graphql`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        accept: 'text/event-stream',
        ...headers,
      },
      body: JSON.stringify({ query, variables }),
    });
    const reader = new EventReader(response);
    opened.push(reader);
    return reader;
  }

  it('begin at once, are not compressed, buffered or kept by anything on the way, and keep the text of numbers', async () => {
    const reader = await open(tenant.key, { 'accept-encoding': 'gzip, br' });
    const { status, headers } = reader.response;
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    expect(headers.get('content-encoding')).toBeNull();
    expect(await reader.block()).toBe(': still here');
    await publish('{"z":1.0,"2":[1E5]}');
    const { event, data } = (await reader.next()) ?? {};
    expect(event).toBe('next');
    expect(data).toContain('"event":{"data":{"z":1.0,"2":[1E5]}}');
  });

  it('come by GET, too', async () => {
    const search = new URLSearchParams({
      query: subscription,
      variables: JSON.stringify({ after: await cursorNow() }),
    });
    const response = await fetch(`${api.url}/graphql?${search}`, {
      headers: { authorization: `Bearer ${tenant.key}`, accept: 'text/event-stream' },
    });
    const reader = new EventReader(response);
    opened.push(reader);
    await publish('{}');
    expect((await reader.next())?.event).toBe('next');
  });

  it('end with the reason at the next event after their key was revoked', async () => {
    const { createApiKey } = await api.data(
      tenant.key,
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { id } } }',
      { input: { organizationId: tenant.organizationId, name: 'Watcher', role: 'VIEWER' } },
    );
    const reader = await open(createApiKey.key);
    await publish('{}');
    expect((await reader.next())?.event).toBe('next');
    await api.data(tenant.key, 'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id } } }', {
      id: createApiKey.apiKey.id,
    });
    await publish('{}');
    let told = await reader.next();
    while (told?.data.startsWith('{"data"')) told = await reader.next();
    expect(JSON.parse(told?.data ?? '')).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect(await reader.next()).toEqual({ event: 'complete', data: '' });
    expect(await reader.next()).toBeNull();
  });

  it('say by a status what refused them, and by an event what is wrong with the document', async () => {
    const of = async (key: string, query: string) => {
      const response = await fetch(`${api.url}/graphql?${new URLSearchParams({ query })}`, {
        headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream' },
      });
      return [response.status, response.headers.get('content-type'), await response.text()] as const;
    };
    const [status, type, text] = await of('ehk_wrong', subscription);
    expect([status, type]).toEqual([401, 'application/json; charset=utf-8']);
    expect(text).toContain('UNAUTHENTICATED');
    const [ofDocument, , told] = await of(tenant.key, 'subscription { deliveryUpdated { nothing } }');
    expect(ofDocument).toBe(200);
    expect(told).toMatch(
      /^: still here\n\nevent: next\ndata: \{"errors":\[.*VALIDATION_FAILED.*\n\nevent: complete\ndata:\n\n$/,
    );
  });

  it('take the places that sockets have, of which an organization leaves some to others, and give them back', async () => {
    const readers: EventReader[] = [];
    for (let index = 0; index < 6; index++) readers.push(await open());
    const refused = await fetch(`${api.url}/graphql?${new URLSearchParams({ query: subscription })}`, {
      headers: { authorization: `Bearer ${tenant.key}`, accept: 'text/event-stream' },
    });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    const other = await api.tenant();
    const theirs = await open(other.key, {}, 'subscription { deliveryUpdated { id } }');
    expect(theirs.response.status).toBe(200);
    for (const reader of readers) await reader.close();
    await expect.poll(async () => (await open()).response.status).toBe(200);
  });

  it('are written no further to who reads nothing: its connection ends, and leaves its place', {
    timeout: 180_000,
  }, async () => {
    const own = await TestApi.start({}, { answers: { stalledMs: 1_000 }, capacity: { subscriptions: 4 } });
    try {
      const theirs = await own.tenant();
      await own.eventType(theirs, 'crane.moved', {});
      await own.webhook(theirs);
      const headers = { authorization: `Bearer ${theirs.key}`, accept: 'text/event-stream' };
      const path = `/graphql?${new URLSearchParams({ query: 'subscription { deliveryUpdated { event { data } } }' })}`;
      const sockets = Array.from({ length: 3 }, () => connect(Number(new URL(own.url).port), '127.0.0.1'));
      for (const socket of sockets) {
        socket.on('error', () => {});
        socket.write(
          `GET ${path} HTTP/1.1\r\nHost: x\r\n${Object.entries(headers)
            .map(([name, value]) => `${name}: ${value}\r\n`)
            .join('')}\r\n`,
        );
        expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1\.1 200 /);
        socket.pause();
      }
      const another = async () => {
        const response = await fetch(own.url + path, { headers });
        await response.body?.cancel();
        return response.status;
      };
      expect(await another()).toBe(503);
      const publishing = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }';
      const events = [{ type: 'crane.moved', data: { filled: 'x'.repeat(900_000) } }];
      // What is between the two ends holds some megabytes.
      await expect
        .poll(
          async () => {
            await own.data(theirs.key, publishing, { input: { projectId: theirs.projectId, events } });
            return another();
          },
          { timeout: 120_000 },
        )
        .toBe(200);
      for (const socket of sockets) socket.destroy();
      await expect.poll(() => own.http.budgets.held, { timeout: 20_000 }).toBe(0);
    } finally {
      await own.close();
    }
  });
});
