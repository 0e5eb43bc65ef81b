import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { EventReader } from '../../support/eventSource.ts';
import { GraphQLSocket } from '../../support/graphqlSocket.ts';
import { type TcpProxy, tcpProxy } from '../../support/tcpProxy.ts';

const watching = 'subscription ($after: String) { deliveryUpdated(after: $after) { event { data } } }';

describe('a stream and a socket on which nothing happens', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let proxy: TcpProxy;

  beforeAll(async () => {
    api = await TestApi.start(
      {},
      {
        // A socket whose peer is silent between two of them is closed, and this process is both: a busy machine holds it up.
        heartbeatMs: 500,
        databaseBy: async (url) => {
          const { host } = new URL(url);
          proxy = await tcpProxy(`http://${host}`);
          return url.replace(host, new URL(proxy.url).host);
        },
      },
    );
    tenant = await api.tenant();
    await api.eventType(tenant, 'crane.moved', {});
    await api.webhook(tenant);
  });
  afterAll(async () => {
    await api.close();
    await proxy.close();
  });

  async function open(key: string) {
    const variables = { after: (await api.data(tenant.key, '{ deliveryCursor }')).deliveryCursor };
    const stream = new EventReader(
      await fetch(`${api.url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', accept: 'text/event-stream' },
        body: JSON.stringify({ query: watching, variables }),
      }),
    );
    const socket = await new GraphQLSocket(api.url).open(key);
    socket.subscribe('1', watching, variables);
    return { stream, socket };
  }

  it('end with the reason soon after their key was revoked', async () => {
    const { createApiKey } = await api.data(
      tenant.key,
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { id } } }',
      { input: { organizationId: tenant.organizationId, name: 'Watcher', role: 'VIEWER' } },
    );
    const { stream, socket } = await open(createApiKey.key);
    await api.data(tenant.key, 'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id } } }', {
      id: createApiKey.apiKey.id,
    });
    const told = await stream.next();
    expect(JSON.parse(told?.data ?? '')).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect(await stream.next()).toEqual({ event: 'complete', data: '' });
    expect(await socket.closed).toBe(4401);
  });

  it('outlast an outage of the database, and go on after it', { timeout: 60_000 }, async () => {
    const { stream, socket } = await open(tenant.key);
    const publishing = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }';
    const publish = async (n: number) => {
      const input = { projectId: tenant.projectId, events: [{ type: 'crane.moved', data: { n } }] };
      return (await api.ask(tenant.key, publishing, { input })).errors;
    };
    /** Reads until both have told an event; a delivery may have changed more than once. */
    const told = async (n: number) => {
      for (const next of [async () => (await stream.next())?.data, () => socket.nextText()]) {
        let text = await next();
        while (text !== undefined && !text.includes(`{"n":${n}}`)) {
          expect(text).not.toContain('errors');
          text = await next();
        }
        expect(text).toContain('{"data":');
      }
    };
    await publish(1);
    await told(1);
    proxy.loseAnswers(Number.POSITIVE_INFINITY);
    proxy.cut();
    // From now on, who the reader is cannot be found out.
    await expect
      .poll(async () => (await api.ask(tenant.key, '{ viewer { kind } }')).status, { timeout: 30_000, interval: 200 })
      .toBe(503);
    for (let beats = 0; beats < 3; ) {
      const block = await stream.block();
      expect(block).toMatch(/^(: still here$|event: next\ndata: \{"data":)/);
      if (block?.startsWith(':')) beats++;
    }
    proxy.loseAnswers(0);
    await expect.poll(() => publish(2), { timeout: 30_000 }).toBeUndefined();
    await told(2);
    await stream.close();
    socket.socket.terminate();
  });
});
