import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { operatorKey, TestApi, type TestTenant } from '../../support/api.ts';
import { call } from '../../support/rawHttp.ts';

const publicUrl = 'https://hooks.example.com';
const own = { 'sec-fetch-site': 'same-origin' };

describe('the cookie of a session', () => {
  let api: TestApi;
  let tenant: TestTenant;

  beforeAll(async () => {
    api = await TestApi.start({}, { heartbeatMs: 500 });
    tenant = await api.tenant();
  });
  afterAll(() => api.close());

  const signIn = async (url: string, credential: string, headers: Record<string, string>) => {
    const answer = await call(`${url}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...own, ...headers },
      body: JSON.stringify({ credential }),
    });
    const [cookie = ''] = answer.setCookie;
    const pair = cookie.split(';')[0] ?? '';
    api.sentinels.add(pair.split('=')[1]);
    return { ...answer, cookie, pair };
  };
  const here = () => ({ host: new URL(api.url).host, origin: api.url });
  const viewer = (url: string, headers: Record<string, string>) =>
    call(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: '{ viewer { kind } }' }),
    });

  it('ends an open subscription when its session ends', async () => {
    const { pair, body } = await signIn(api.url, tenant.key, here());
    const { id } = JSON.parse(body).session;
    const opened = new WebSocket(`${api.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      headers: { cookie: pair, origin: api.url },
    });
    opened.on('open', () => opened.send('{"type":"connection_init"}'));
    const acknowledged = new Promise((resolve, reject) => opened.once('message', resolve).once('close', reject));
    await acknowledged;
    const query = 'subscription ($id: ID!) { deliveryUpdated(organizationId: $id) { cursor } }';
    const payload = { query, variables: { id: tenant.organizationId } };
    opened.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
    const closed = new Promise((resolve) => opened.on('close', resolve));
    const open = async () => /subscriptions"\} \d/.exec((await call(`${api.url}/metrics`)).body)?.[0];
    await expect.poll(open, { timeout: 20_000 }).toMatch(/1$/);
    await api.service.services.sessions.end(id, 'ENDED');
    expect(await closed).toBe(4401);
  });

  it('is __Host-, Secure and HttpOnly over TLS, whatever forwarded headers say; and none is set over http', async () => {
    const behindTls = await api.serve({ publicUrl, trustedProxies: ['127.0.0.0/8'] });
    const places = [
      { host: 'hooks.example.com', origin: publicUrl },
      { host: 'hooks.example.com', origin: publicUrl, 'x-forwarded-proto': 'http', 'x-forwarded-host': 'evil.example' },
      // A proxy that changes Host, as nginx does unless it is told otherwise.
      { host: '127.0.0.1:4000', origin: publicUrl },
    ];
    for (const place of places) {
      const { status, cookie } = await signIn(behindTls.url, operatorKey, place);
      expect(status).toBe(201);
      expect(cookie).toMatch(
        /^__Host-everhook=ehs_[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure; Expires=\w{3}, [^;]+$/,
      );
    }
    for (const place of [
      { host: 'hooks.internal:4000', origin: 'http://hooks.internal:4000' },
      { host: 'hooks.example.com', origin: 'http://hooks.example.com', 'x-forwarded-proto': 'https' },
      { host: '10.0.0.5:4000', origin: 'http://10.0.0.5:4000' },
    ]) {
      const { status, setCookie, body } = await signIn(behindTls.url, operatorKey, place);
      expect({ status, setCookie }).toEqual({ status: 403, setCookie: [] });
      expect(body).toContain('EVERHOOK_PUBLIC_URL');
    }
    await behindTls.server.close();
  });

  it('has the port in its name on loopback, and the path of an installation below one', async () => {
    const { cookie } = await signIn(api.url, tenant.key, here());
    expect(cookie).toMatch(/^everhook-\d+=ehs_[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Expires=/);
    const below = await api.serve({ publicUrl: 'https://example.com/hooks' });
    const there = await signIn(`${below.url}/hooks`, tenant.key, {
      host: 'example.com',
      origin: 'https://example.com',
    });
    expect(there.cookie).toMatch(/^__Secure-everhook=ehs_[\w-]{43}; Path=\/hooks; HttpOnly; SameSite=Lax; Secure;/);
    await below.server.close();
  });

  it('opens the API to requests that prove that they come from a page of this installation, and to no others', async () => {
    const { pair } = await signIn(api.url, tenant.key, here());
    const cookie = { cookie: pair };
    const origin = { origin: api.url };
    for (const good of [own, { ...own, ...origin }, origin]) {
      expect((await viewer(api.url, { ...cookie, ...good })).body).toBe('{"data":{"viewer":{"kind":"API_KEY"}}}');
    }
    for (const bad of [
      {},
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', ...origin },
      { 'sec-fetch-site': 'none' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: api.url.replace('http', 'https').replace('127.0.0.1', 'localhost') },
      { origin: 'http://evil.example', referer: api.url },
    ]) {
      const { status, body } = await viewer(api.url, { ...cookie, ...bad });
      expect({ bad, status, code: JSON.parse(body).errors[0].extensions.code }).toEqual({
        bad,
        status: 401,
        code: 'UNAUTHENTICATED',
      });
    }
    // A program that sends a key is not held up by a cookie that goes along.
    const evil = { 'sec-fetch-site': 'cross-site', authorization: `Bearer ${operatorKey}` };
    expect((await viewer(api.url, { ...cookie, ...evil })).body).toBe('{"data":{"viewer":{"kind":"OPERATOR"}}}');
    // Two cookies of one name: a neighbour has set one of them.
    const twice = { cookie: `${pair}; ${pair.slice(0, -1)}x`, ...own };
    expect((await viewer(api.url, twice)).status).toBe(401);
  });

  it('is good for REST and for streams on the same terms', async () => {
    const { pair } = await signIn(api.url, tenant.key, here());
    const get = (path: string, headers: Record<string, string>) =>
      call(`${api.url}${path}`, { headers: { cookie: pair, ...headers } });
    expect((await get('/v1/webhooks', own)).status).toBe(200);
    expect((await get('/v1/webhooks', { 'sec-fetch-site': 'cross-site' })).status).toBe(401);
    const query = encodeURIComponent('{ viewer { kind } }');
    const json = { accept: 'application/json' };
    expect((await get(`/graphql?query=${query}`, { ...json, ...own })).status).toBe(200);
    expect((await get(`/graphql?query=${query}`, { ...json, 'sec-fetch-site': 'same-site' })).status).toBe(401);
  });

  /** How a socket with the cookie ends, or that it was acknowledged. */
  const socket = (headers: Record<string, string>, payload = {}) =>
    new Promise<string | number>((resolve) => {
      const opened = new WebSocket(`${api.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers });
      opened.on('open', () => opened.send(JSON.stringify({ type: 'connection_init', payload })));
      opened.on('message', (data) => {
        resolve(JSON.parse(String(data)).type);
        opened.close();
      });
      opened.on('close', resolve);
    });

  it('opens sockets of own pages, and none of another site', async () => {
    const { pair } = await signIn(api.url, tenant.key, here());
    const cookie = { cookie: pair };
    expect(await socket({ ...cookie, origin: api.url })).toBe('connection_ack');
    expect(await socket({ ...cookie, origin: 'https://evil.example' })).toBe(4401);
    expect(await socket({ ...cookie, origin: api.url, 'sec-fetch-site': 'cross-site' })).toBe(4401);
    expect(await socket(cookie)).toBe(4401);
    const authorization = `Bearer ${tenant.key}`;
    expect(await socket({ ...cookie, origin: 'https://evil.example' }, { authorization })).toBe('connection_ack');
  });

  it('is opened and ended by own pages alone, with JSON alone, and by no portal link', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await signIn(api.url, tenant.key, { ...here(), ...form })).status).toBe(415);
    expect((await signIn(api.url, tenant.key, { ...here(), 'content-type': 'text/plain' })).status).toBe(415);
    expect((await signIn(api.url, tenant.key, { ...here(), 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await signIn(api.url, 'no-such-key', here())).status).toBe(401);
    expect((await signIn(api.url, 'a key in words', here())).body).toContain('visible ASCII characters');
    const { createPortalLink } = await api.data(
      tenant.key,
      'mutation ($i: CreatePortalLinkInput!) { createPortalLink(input: $i) { token } }',
      { i: { projectId: tenant.projectId, permissions: ['WEBHOOK_READ'] } },
    );
    expect((await signIn(api.url, createPortalLink.token, here())).status).toBe(403);
    const { pair } = await signIn(api.url, tenant.key, here());
    const end = (headers: Record<string, string>) =>
      call(`${api.url}/session`, { method: 'DELETE', headers: { cookie: pair, ...headers } });
    expect((await end({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await viewer(api.url, { cookie: pair, ...own })).status).toBe(200);
    const ended = await end(own);
    expect(ended.status).toBe(200);
    expect(ended.setCookie[0]).toMatch(/^everhook-\d+=; .*Max-Age=0$/);
    expect((await viewer(api.url, { cookie: pair, ...own })).status).toBe(401);
    const shown = await call(`${api.url}/session`, { headers: { cookie: pair, ...own } });
    expect(JSON.parse(shown.body)).toMatchObject({ session: null, ended: 'SIGNED_OUT' });
  });

  it('ends with the key that opened it', async () => {
    const { createApiKey } = await api.data(
      tenant.key,
      'mutation ($i: CreateApiKeyInput!) { createApiKey(input: $i) { key apiKey { id } } }',
      { i: { organizationId: tenant.organizationId, name: 'Passing', role: 'VIEWER' } },
    );
    const { pair } = await signIn(api.url, createApiKey.key, here());
    expect((await viewer(api.url, { cookie: pair, ...own })).status).toBe(200);
    await api.data(tenant.key, 'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id } } }', {
      id: createApiKey.apiKey.id,
    });
    const { status, body } = await viewer(api.url, { cookie: pair, ...own });
    expect(status).toBe(401);
    expect(body).toContain('has expired or was revoked');
  });
});
