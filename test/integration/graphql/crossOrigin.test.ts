import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestApi, type TestTenant } from '../../support/api.ts';

describe('a script of another site', () => {
  let api: TestApi;
  let tenant: TestTenant;
  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant();
  });
  afterAll(() => api.close());

  const origin = 'https://shop.example';
  const call = (headers: Record<string, string>, path = '/graphql') =>
    fetch(`${api.url}${path}`, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: '{ viewer { kind } }' }),
    });

  it('may call with a credential that it sends itself, and read the answer', async () => {
    const asked = await fetch(`${api.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect(asked.status).toBe(204);
    expect(Object.fromEntries(asked.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': expect.stringContaining('authorization'),
    });
    const answer = await call({ authorization: `Bearer ${tenant.key}` });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    // Of a refusal, too, the script learns why.
    const refused = await call({ authorization: 'Bearer ehk_unknown' });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('may never use what a browser adds by itself', async () => {
    for (const headers of [{}, { cookie: 'session=x' }]) {
      const answer = await call(headers);
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
    const answer = await call({ authorization: `Bearer ${tenant.key}`, cookie: 'session=x' });
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    const asked = await fetch(`${api.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    expect(asked.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('may call nothing but GraphQL', async () => {
    const answer = await fetch(`${api.url}/v1/webhooks`, {
      headers: { origin, authorization: `Bearer ${tenant.key}` },
    });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });
});
