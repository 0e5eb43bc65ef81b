import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { GraphQLSocket } from '../../support/graphqlSocket.ts';

const list = '{ webhooks(first: 1) { edges { node { id } } } }';
const own = '{ viewer { kind } }';
const long = { x: 'x'.repeat(20_000) };

describe('requests that are long', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let other: TestTenant;
  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant();
    other = await api.tenant();
  });
  afterAll(() => api.close());

  it('of one organization wait while twelve of them are under way, over HTTP and WebSocket; short ones, and those of others, do not', async () => {
    const client = new pg.Client({ connectionString: api.database.url });
    await client.connect();
    const socket = await new GraphQLSocket(api.url).open(tenant.key);
    try {
      await client.query('BEGIN; LOCK TABLE webhook');
      const held = Array.from({ length: 6 }, () => api.data(tenant.key, list, long));
      for (let id = 0; id < 6; id++) socket.subscribe(`list ${id}`, list, long);
      let isAnswered = true;
      let late = Promise.resolve();
      // Which comes first, they or a later one, is not known: one that waits has them all before it.
      while (isAnswered) {
        isAnswered = false;
        late = api.data(tenant.key, own, long).finally(() => {
          isAnswered = true;
        });
        for (let round = 0; round < 5 && !isAnswered; round++) {
          await api.data(tenant.key, own);
          await api.data(other.key, own, long);
        }
      }
      socket.subscribe('late', own, long);
      await api.data(other.key, own, long);
      await client.query('COMMIT');
      expect(await late).toEqual({ viewer: { kind: 'API_KEY' } });
      await Promise.all(held);
      const answered = new Set<string | undefined>();
      while (answered.size < 7) answered.add((await socket.next()).id);
      expect(answered).toContain('late');
    } finally {
      socket.socket.terminate();
      await client.end();
    }
  });

  it('do not subscribe: a subscription keeps its request', async () => {
    const query = 'subscription { deliveryUpdated { id } }';
    const refused = { extensions: { code: 'LIMIT_EXCEEDED', field: 'body' } };
    const socket = await new GraphQLSocket(api.url).open(tenant.key);
    socket.subscribe('1', query, long);
    expect((await socket.next()).payload[0]).toMatchObject(refused);
    socket.socket.terminate();
    const response = await fetch(`${api.url}/graphql`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${tenant.key}`,
        'content-type': 'application/json',
        accept: 'text/event-stream',
      },
      body: JSON.stringify({ query, variables: long }),
    });
    expect(await response.text()).toContain('"LIMIT_EXCEEDED"');
  });
});
