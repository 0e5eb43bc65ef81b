import { request } from 'node:http';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { operatorKey, TestApi, type TestTenant } from '../../support/api.ts';
import { call } from '../../support/rawHttp.ts';
import { slowness } from '../../support/slowness.ts';
import { jwt, member } from '../../support/users.ts';

const list =
  'query ($o: ID, $u: String) { sessions(organizationId: $o, userId: $u) { edges { node { id principalKind userId apiKeyId name address userAgent isCurrent } } } }';
const end = 'mutation ($id: ID!) { endSession(input: { id: $id }) { sessionId } }';
const endAll = 'mutation ($i: EndSessionsInput!) { endSessions(input: $i) { ended } }';

describe('sessions that are listed and ended', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let other: TestTenant;

  beforeAll(async () => {
    api = await TestApi.start({ jwt });
    tenant = await api.tenant();
    other = await api.tenant();
  });
  afterAll(() => api.close());

  const headers = (more: object = {}) => ({
    'content-type': 'application/json',
    'sec-fetch-site': 'same-origin',
    origin: api.url,
    host: new URL(api.url).host,
    ...more,
  });
  /** Signs in by a key or a token. @returns the cookie, and the session's id */
  async function signIn(credential: string): Promise<{ cookie: string; id: string }> {
    const { setCookie, body } = await call(`${api.url}/session`, {
      method: 'POST',
      headers: headers({ 'user-agent': 'Mozilla/5.0 Firefox/140.0' }),
      body: JSON.stringify({ credential }),
    });
    const cookie = setCookie[0]?.split(';')[0] ?? '';
    api.sentinels.add(cookie.split('=')[1]);
    return { cookie, id: JSON.parse(body).session.id };
  }
  async function ask(cookie: string, query: string, variables: object = {}) {
    const { body } = await call(`${api.url}/graphql`, {
      method: 'POST',
      headers: headers({ cookie }),
      body: JSON.stringify({ query, variables }),
    });
    return JSON.parse(body);
  }
  const ids = (answer: { data: { sessions: { edges: { node: { id: string } }[] } } }) =>
    answer.data.sessions.edges.map(({ node }) => node.id);

  it('are one’s own without an organization, and say which one this is', async () => {
    const token = await member(api, tenant, 'dana', 'VIEWER');
    const [one, two] = [await signIn(token), await signIn(token)];
    await signIn(await member(api, tenant, 'erin', 'VIEWER'));
    const { data } = await ask(one.cookie, list);
    expect(data.sessions.edges.map(({ node }: { node: object }) => node)).toEqual([
      expect.objectContaining({ id: two.id, isCurrent: false }),
      {
        id: one.id,
        principalKind: 'USER',
        userId: 'dana',
        apiKeyId: null,
        name: null,
        address: '127.0.0.0/24',
        userAgent: 'Mozilla/5.0 Firefox/140.0',
        isCurrent: true,
      },
    ]);
    // Everywhere else, but not here.
    expect((await ask(one.cookie, endAll, { i: {} })).data).toEqual({ endSessions: { ended: 1 } });
    expect(ids(await ask(one.cookie, list))).toEqual([one.id]);
    expect((await ask(two.cookie, list)).errors[0].extensions.code).toBe('UNAUTHENTICATED');
  });

  it('of an organization’s members and keys are shown and ended by whoever manages members there, with an entry in the log', async () => {
    const user = await signIn(await member(api, tenant, 'frank', 'MEMBER'));
    const key = await signIn(await api.key(operatorKey, { organizationId: tenant.organizationId, role: 'VIEWER' }));
    const operator = await signIn(operatorKey);
    const stranger = await signIn(other.key);
    const o = tenant.organizationId;
    const seen = (await api.data(tenant.key, list, { o })).sessions.edges.map(
      ({ node }: { node: { id: string } }) => node.id,
    );
    expect(seen).toEqual(expect.arrayContaining([user.id, key.id]));
    expect(seen).not.toContain(operator.id);
    expect(seen).not.toContain(stranger.id);
    expect(ids({ data: await api.data(tenant.key, list, { o, u: 'frank' }) })).toEqual([user.id]);
    expect(await api.refusal(other.key, list, { o })).toEqual({ code: 'NOT_FOUND', field: 'organizationId' });
    for (const id of [operator.id, stranger.id]) {
      expect(await api.refusal(tenant.key, end, { id })).toEqual({ code: 'NOT_FOUND', field: 'input.id' });
    }
    expect((await ask(user.cookie, end, { id: key.id })).errors[0].extensions.code).toBe('NOT_FOUND');
    expect((await ask(user.cookie, list, { o })).errors[0].extensions.code).toBe('FORBIDDEN');
    await api.data(tenant.key, end, { id: user.id });
    expect((await ask(user.cookie, list)).errors[0].message).toContain('ended by somebody who may');
    const { auditEvents } = await api.data(
      tenant.key,
      'query ($o: ID!) { auditEvents(organizationId: $o, actions: [SESSION_ENDED]) { edges { node { targetType targetId targetName targetIsGone before principalKind } } } }',
      { o },
    );
    expect(auditEvents.edges[0].node).toEqual({
      targetType: 'SESSION',
      targetId: user.id,
      targetName: 'frank',
      targetIsGone: true,
      before: { userId: 'frank' },
      principalKind: 'API_KEY',
    });
    expect((await ask(key.cookie, list)).data.sessions.edges).toHaveLength(1);
    expect((await ask(stranger.cookie, list)).data.sessions.edges).toHaveLength(1);
  });

  it('of a key are called by its name in the log, also when the key is gone', async () => {
    const { organizationId: o } = tenant;
    const create = `mutation ($i: CreateApiKeyInput!) { createApiKey(input: $i) { key apiKey { id } } }`;
    const { createApiKey } = await api.data(tenant.key, create, {
      i: { organizationId: o, name: 'Crane of old', role: 'VIEWER' },
    });
    const { id } = await signIn(createApiKey.key);
    await api.data(tenant.key, end, { id });
    const named = async () =>
      (
        await api.data(
          tenant.key,
          'query ($o: ID!, $t: String) { auditEvents(organizationId: $o, targetId: $t) { edges { node { action targetName targetIsGone } } } }',
          { o, t: id },
        )
      ).auditEvents.edges.map(({ node }: { node: object }) => node);
    const entry = { action: 'SESSION_ENDED', targetName: 'Crane of old', targetIsGone: true };
    expect(await named()).toEqual([entry]);
    const pool = new pg.Pool({ connectionString: api.database.url, max: 1 });
    await pool.query('DELETE FROM api_key WHERE id = $1', [createApiKey.apiKey.id]).finally(() => pool.end());
    expect(await named()).toEqual([entry]);
  });

  it('of somebody whom another organization added as well show to neither, unless an issuer’s rule made them a member', async () => {
    const token = await member(api, tenant, 'ivan', 'MEMBER');
    const { id, cookie } = await signIn(token);
    const [ours, theirs] = [tenant, other].map(({ organizationId }) => ({ o: organizationId, u: 'ivan' }));
    const listed = async (key: string, of: object | undefined) => ids({ data: await api.data(key, list, of) });
    expect(await listed(tenant.key, ours)).toEqual([id]);
    // Whoever manages members there knows the id, and adds it.
    const set = 'mutation ($i: SetMemberInput!) { setMember(input: $i) { member { id } } }';
    const added = { organizationId: other.organizationId, userId: 'ivan' };
    await api.data(other.key, set, { i: { ...added, role: 'VIEWER' } });
    const node = 'query ($id: ID!) { node(id: $id) { id } }';
    for (const [key, of] of [
      [other.key, theirs],
      [tenant.key, ours],
    ] as const) {
      expect(await listed(key, of)).toEqual([]);
      expect((await api.data(key, node, { id })).node).toBeNull();
      expect(await api.refusal(key, end, { id })).toEqual({ code: 'NOT_FOUND', field: 'input.id' });
      expect((await api.data(key, endAll, { i: { organizationId: of?.o, userId: 'ivan' } })).endSessions.ended).toBe(0);
    }
    expect(ids(await ask(cookie, list))).toEqual([id]);
    expect(await listed(operatorKey, ours)).toEqual([id]);
    const database = new pg.Client({ connectionString: api.database.url });
    await database.connect();
    await database.query(
      `UPDATE member SET issuer = 'https://id.example' WHERE user_id = 'ivan' AND organization_id = $1`,
      [tenant.organizationId],
    );
    await database.end();
    expect(await listed(tenant.key, ours)).toEqual([id]);
    expect(await listed(other.key, theirs)).toEqual([]);
    await api.data(tenant.key, end, { id });
    expect((await ask(cookie, list)).errors[0].message).toContain('ended by somebody who may');
    // Taken away again, they are the first one's alone.
    await api.data(other.key, set, { i: { ...added, role: null } });
    const next = await signIn(token);
    expect(await listed(tenant.key, ours)).toEqual([next.id]);
  });

  it('of everybody are the operator’s to see and end, and nobody else’s', async () => {
    const user = await signIn(await member(api, tenant, 'gwen', 'OWNER'));
    const all = '{ sessions(everybody: true, first: 100) { edges { node { id } } } }';
    expect(ids({ data: await api.data(operatorKey, all) })).toContain(user.id);
    expect((await ask(user.cookie, all)).errors[0].extensions).toMatchObject({ code: 'FORBIDDEN', field: 'everybody' });
    await api.data(operatorKey, endAll, { i: { organizationId: tenant.organizationId, userId: 'gwen' } });
    expect((await ask(user.cookie, list)).errors[0].extensions.code).toBe('UNAUTHENTICATED');
  });

  it('ended in one process end in another within 5 s; so do a role and a member that are taken away', async () => {
    const process = await api.process();
    try {
      const token = await member(api, tenant, 'hana', 'ADMIN');
      const [one, two] = [await signIn(token), await signIn(token)];
      const there = async (cookie: string) => {
        const { body } = await call(`${process.url}/graphql`, {
          method: 'POST',
          headers: headers({ cookie }),
          body: JSON.stringify({ query: '{ viewer { role } }' }),
        });
        const { data, errors } = JSON.parse(body);
        return data ? data.viewer.role : errors[0].extensions.code;
      };
      expect(await there(one.cookie)).toBe('ADMIN');
      expect(await there(two.cookie)).toBe('ADMIN');
      const within = { timeout: 6_000 * (await slowness()), interval: 100 };
      await api.data(tenant.key, end, { id: one.id });
      await expect.poll(() => there(one.cookie), within).toBe('UNAUTHENTICATED');
      const set = 'mutation ($i: SetMemberInput!) { setMember(input: $i) { member { id } } }';
      const i = { organizationId: tenant.organizationId, userId: 'hana' };
      await api.data(tenant.key, set, { i: { ...i, role: 'VIEWER' } });
      await expect.poll(() => there(two.cookie), within).toBe('VIEWER');
      await api.data(tenant.key, set, { i: { ...i, role: null } });
      await expect.poll(() => there(two.cookie), within).toBeNull();
    } finally {
      await process.close();
    }
  });

  it('tell streams and sockets that are open in another process nothing more, 5 s after a role was taken away', async () => {
    const process = await api.process();
    try {
      const { cookie } = await signIn(await member(api, tenant, 'ines', 'ADMIN'));
      const { id } = await api.webhook(tenant);
      const query = `subscription { deliveryUpdated(organizationId: "${tenant.organizationId}") { eventType } }`;
      // As through a balancer: the browser knows one address.
      const from = { cookie, origin: api.url, host: new URL(api.url).host, 'sec-fetch-site': 'same-origin' };
      /** When each was last told of something, and what ended it. */
      const stream = { told: 0, ended: '' };
      const socket = { told: 0, ended: '' };
      const streaming = request(`${process.url}/graphql`, {
        method: 'POST',
        headers: { ...from, 'content-type': 'application/json', accept: 'text/event-stream' },
      });
      streaming.on('response', (response) => {
        let text = '';
        response.on('data', (piece: Buffer) => {
          text += piece.toString('utf8');
          if (piece.includes('"deliveryUpdated":{')) stream.told = performance.now();
        });
        response.on('close', () => {
          stream.ended = text;
        });
      });
      streaming.end(JSON.stringify({ query }));
      const opened = new WebSocket(`${process.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
        headers: from,
      });
      opened.on('open', () => opened.send('{"type":"connection_init"}'));
      opened.on('message', (data) => {
        const text = String(data);
        const { type } = JSON.parse(text);
        if (type === 'connection_ack') {
          opened.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
        } else if (text.includes('"deliveryUpdated":{')) socket.told = performance.now();
        else if (type === 'error' || type === 'next') socket.ended = text;
      });
      const happen = () =>
        api.data(tenant.key, 'mutation ($id: ID!) { sendTestEvent(input: { webhookId: $id }) { delivery { id } } }', {
          id,
        });
      const both = async (is: (each: typeof stream) => boolean) => {
        await happen();
        return is(stream) && is(socket);
      };
      const within = { timeout: 20_000, interval: 200 };
      await expect.poll(() => both(({ told }) => told > 0), within).toBe(true);
      const set = 'mutation ($i: SetMemberInput!) { setMember(input: $i) { member { id } } }';
      await api.data(tenant.key, set, { i: { organizationId: tenant.organizationId, userId: 'ines', role: null } });
      const takenAt = performance.now();
      await expect.poll(() => both(({ ended }) => ended !== ''), within).toBe(true);
      const boundMs = 5_000 * (await slowness());
      for (const { told, ended } of [stream, socket]) {
        expect(told - takenAt).toBeLessThan(boundMs);
        expect(ended).toMatch(/"code":"(FORBIDDEN|NOT_FOUND)"/);
      }
      opened.close();
    } finally {
      await process.close();
    }
  });
});
