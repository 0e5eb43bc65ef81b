import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateKey, parseKeyRing } from '../../../core/secrets/keyRing.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { GraphQLSocket } from '../../support/graphqlSocket.ts';
import { Receiver } from '../../support/receiver.ts';

// What one can still do with a webhook of which a sealed value cannot be opened, and what answers why it cannot be done.

const mutation = (name: string, selection = '__typename') =>
  `mutation ($input: ${name.charAt(0).toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${selection} } }`;
const read = 'query ($id: ID!) { webhook(id: $id) { name active headersReadable headers { name } } }';
const sampled = 'query ($id: ID!) { webhook(id: $id) { sampleRequest { request { url } } } }';
const said = /^A secret of this organization’s webhooks cannot be decrypted\..*EVERHOOK_ENCRYPTION_KEYS/;

describe('a webhook of which something cannot be decrypted', () => {
  let api: TestApi;
  let pool: pg.Pool;
  let receiver: Receiver;
  let tenant: TestTenant;

  beforeAll(async () => {
    api = await TestApi.start();
    receiver = await new Receiver().listen();
    pool = new pg.Pool({ connectionString: api.database.url, max: 2 });
    tenant = await api.tenant();
    await api.eventType(tenant, 'crane.moved');
  });
  afterAll(async () => {
    await pool.end();
    await receiver.close();
    await api.close();
  });

  const spoilt: Readonly<Record<string, (context: string) => Buffer>> = {
    'bytes that were never sealed': () => Buffer.from([1, 2, 3, 4, 5]),
    'a single byte': () => Buffer.from([1]),
    'a key that is not in the ring': (context) => parseKeyRing(generateKey()).seal('[["x-a","v"]]', context),
  };
  const spoil = async (column: 'headers_sealed' | 'url_sealed' | 'secret', id: string, what: keyof typeof spoilt) => {
    const bytes = (spoilt[what] as (typeof spoilt)[string])(`webhook_headers:${id}`);
    await pool.query(
      column === 'secret'
        ? 'UPDATE webhook_secret SET sealed = $1 WHERE webhook_id = $2'
        : `UPDATE webhook SET ${column} = $1 WHERE id = $2`,
      [bytes, id],
    );
    // Every process reads its routes again.
    await pool.query('UPDATE organization SET routing_version = routing_version + 1 WHERE id = $1', [
      tenant.organizationId,
    ]);
  };
  const make = async (what: keyof typeof spoilt = 'bytes that were never sealed') => {
    const { id } = await api.webhook(tenant, { url: receiver.url, headers: [{ name: 'x-a', value: 'v' }] });
    await spoil('headers_sealed', id, what);
    return id;
  };
  const publish = () =>
    api.ask(tenant.key, mutation('publishEvents', 'events { id }'), {
      input: { projectId: tenant.projectId, events: [{ type: 'crane.moved', data: {} }] },
    });
  const refused = async (query: string, variables: object) => {
    const { errors } = await api.ask(tenant.key, query, variables);
    expect(errors?.[0]).toMatchObject({
      message: expect.stringMatching(said),
      extensions: { code: 'UNAVAILABLE' },
    });
    expect(errors?.[0]?.extensions).not.toHaveProperty('retryAfter');
  };
  const audited = async (id: string, action: string) => {
    const { rows } = await pool.query('SELECT before, after FROM audit_event WHERE target_id = $1 AND action = $2', [
      id,
      action,
    ]);
    return rows[0];
  };

  it.each(Object.keys(spoilt))('is deleted, with %s for its headers', async (what) => {
    const id = await make(what);
    expect((await publish()).errors?.[0]?.message).toMatch(said);
    await api.data(tenant.key, mutation('deleteWebhook'), { input: { id } });
    expect((await publish()).errors).toBeUndefined();
    expect(await audited(id, 'webhook.deleted')).toMatchObject({ before: { headers: null }, after: { headers: [] } });
  });

  it('is renamed, aimed elsewhere and switched off, after which it stops no publishing', async () => {
    const id = await make();
    await api.data(tenant.key, mutation('updateWebhook'), { input: { id, name: 'Berths' } });
    await api.data(tenant.key, mutation('updateWebhook'), { input: { id, url: `${receiver.url}elsewhere` } });
    expect((await audited(id, 'webhook.updated'))?.after).toEqual({ name: 'Berths' });
    await api.data(tenant.key, mutation('setWebhookActive'), { input: { id, active: false } });
    expect((await publish()).errors).toBeUndefined();
    const { webhook } = await api.data(tenant.key, read, { id });
    expect(webhook).toEqual({ name: 'Berths', active: false, headersReadable: false, headers: [] });
  });

  it('gets a complete new list of headers, and is sent to again', async () => {
    const id = await make();
    const keeping = [{ name: 'x-b', value: 'w' }, { name: 'x-a' }];
    await refused(mutation('updateWebhook'), { input: { id, headers: keeping } });
    await api.data(tenant.key, mutation('updateWebhook'), {
      input: { id, headers: [{ name: 'x-b', value: 'w' }] },
    });
    expect((await audited(id, 'webhook.updated'))?.after).toEqual({ headers: ['x-b'], replaced: ['headersSealed'] });
    expect((await api.data(tenant.key, read, { id })).webhook).toMatchObject({
      headersReadable: true,
      headers: [{ name: 'x-b' }],
    });
    await api.data(tenant.key, mutation('sendTestEvent'), { input: { webhookId: id } });
    expect((await receiver.count(1)).at(-1)?.headers).toMatchObject({ 'x-b': 'w' });
    await api.data(tenant.key, mutation('deleteWebhook'), { input: { id } });
  });

  it('gets no headers at all by an empty list', async () => {
    const id = await make();
    await api.data(tenant.key, mutation('updateWebhook'), { input: { id, headers: [] } });
    expect((await api.data(tenant.key, read, { id })).webhook).toMatchObject({ headersReadable: true, headers: [] });
    await api.data(tenant.key, mutation('deleteWebhook'), { input: { id } });
  });

  it('is upserted as one whose content has changed only if it has', async () => {
    const input = { projectId: tenant.projectId, externalId: 'board', name: 'Board', url: receiver.url };
    const upsert = mutation('upsertWebhook', 'created webhook { id updatedAt }');
    const headers = [{ name: 'x-a', value: 'v' }];
    const { upsertWebhook: first } = await api.data(tenant.key, upsert, { input: { ...input, headers } });
    const { id } = first.webhook;
    await spoil('headers_sealed', id, 'bytes that were never sealed');
    const { upsertWebhook: same } = await api.data(tenant.key, upsert, { input });
    expect(same).toEqual({ created: false, webhook: first.webhook });
    const { upsertWebhook: changed } = await api.data(tenant.key, upsert, { input: { ...input, headers } });
    expect(changed.webhook.updatedAt).not.toBe(first.webhook.updatedAt);
    expect((await api.data(tenant.key, read, { id })).webhook).toMatchObject({ headersReadable: true });
    await api.data(tenant.key, mutation('deleteWebhook'), { input: { id } });
  });

  it('leaves the list of webhooks whole', async () => {
    const own = await api.webhook(tenant, { url: receiver.url, headers: [{ name: 'x-c', value: 'v' }] });
    const id = await make();
    const { webhooks } = await api.data(
      tenant.key,
      '{ webhooks { edges { node { id headersReadable headers { name } } } } }',
    );
    const nodes = webhooks.edges.map(({ node }: { node: object }) => node);
    expect(nodes).toContainEqual({ id, headersReadable: false, headers: [] });
    expect(nodes).toContainEqual({ id: own.id, headersReadable: true, headers: [{ name: 'x-c' }] });
    for (const each of [id, own.id]) await api.data(tenant.key, mutation('deleteWebhook'), { input: { id: each } });
  });

  it('says why no sample and no test can be made, over HTTP and over a WebSocket', async () => {
    const id = await make();
    await refused(sampled, { id });
    await refused(mutation('sendTestEvent'), { input: { webhookId: id } });
    await refused(mutation('resumeWebhook'), { input: { webhookId: id } });
    const socket = await new GraphQLSocket(api.url).open(tenant.key);
    socket.subscribe('1', sampled, { id });
    expect(await socket.next()).toMatchObject({
      payload: { errors: [{ message: expect.stringMatching(said), extensions: { code: 'UNAVAILABLE' } }] },
    });
    socket.socket.terminate();
    const published = await fetch(`${api.url}/v1/events?projectId=${tenant.projectId}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'crane.moved', data: {} }),
    });
    expect(published.status).toBe(503);
    expect(await published.text()).toContain('EVERHOOK_ENCRYPTION_KEYS');
    await api.data(tenant.key, mutation('deleteWebhook'), { input: { id } });
  });

  it('has its secret rotated and ended, also where the caller brings one, and shows none meanwhile', async () => {
    const { id } = await api.webhook(tenant, { url: receiver.url });
    await spoil('secret', id, 'bytes that were never sealed');
    await refused(mutation('sendTestEvent'), { input: { webhookId: id } });
    await refused(mutation('revealWebhookSecret'), { input: { webhookId: id } });
    await refused('query ($id: ID!) { webhook(id: $id) { signsWith(secret: "whsec_AAAA") } }', { id });
    const secret = `whsec_${Buffer.alloc(24, 5).toString('base64')}`;
    await api.data(tenant.key, mutation('rotateWebhookSecret'), { input: { id, secret } });
    await api.data(tenant.key, mutation('retireWebhookSecret'), { input: { id } });
    await api.data(tenant.key, mutation('sendTestEvent'), { input: { webhookId: id } });
    expect((await publish()).errors).toBeUndefined();
    await api.data(tenant.key, mutation('deleteWebhook'), { input: { id } });
  });

  it('gets a new URL where its own cannot be decrypted', async () => {
    const url = (name: string) => `https://hooks.slack.com/services/T/B/${name}`;
    const { id } = await api.webhook(tenant, { url: url('x'), profile: 'SLACK' });
    await spoil('url_sealed', id, 'bytes that were never sealed');
    await refused(mutation('sendTestEvent'), { input: { webhookId: id } });
    await api.data(tenant.key, mutation('updateWebhook'), { input: { id, name: 'Slack' } });
    await api.data(tenant.key, mutation('updateWebhook'), { input: { id, url: url('y') } });
    expect((await publish()).errors).toBeUndefined();
    await api.data(tenant.key, mutation('deleteWebhook'), { input: { id } });
  });
});
