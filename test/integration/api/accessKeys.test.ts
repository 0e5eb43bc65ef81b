import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operatorKey, TestApi, type TestTenant } from '../../support/api.ts';
import { atTime } from '../../support/atTime.ts';

const create =
  'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { id name prefix role permissions revokedAt project { id } } } }';
const revoke = 'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id revokedAt } } }';

describe('API keys', () => {
  let api: TestApi;
  let tenant: TestTenant;

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant();
  });
  afterAll(() => api.close());

  const input = (changes: object) => ({
    input: { organizationId: tenant.organizationId, name: 'Crane service', ...changes },
  });

  it('are shown once, and are stored as a digest alone', async () => {
    const { createApiKey } = await api.data(tenant.key, create, input({ role: 'MEMBER' }));
    expect(createApiKey.key).toMatch(/^ehk_[A-Za-z0-9_-]{43}$/);
    expect(createApiKey.apiKey).toMatchObject({
      name: 'Crane service',
      role: 'MEMBER',
      permissions: [],
      revokedAt: null,
      project: null,
    });
    expect(createApiKey.key.startsWith(createApiKey.apiKey.prefix)).toBe(true);
    const listed = await api.ask(tenant.key, '{ apiKeys { edges { node { id prefix name } } } }');
    expect(listed.text).toContain(createApiKey.apiKey.id);
    expect(listed.text).not.toContain(createApiKey.key);
  });

  it('tell whom they act as', async () => {
    const viewer = '{ viewer { kind role permissions organization { id } project { id } } }';
    const restricted = await api.key(tenant.key, {
      organizationId: tenant.organizationId,
      projectId: tenant.projectId,
      permissions: ['EVENT_PUBLISH'],
    });
    expect((await api.data(restricted, viewer)).viewer).toEqual({
      kind: 'API_KEY',
      role: null,
      permissions: ['EVENT_PUBLISH'],
      organization: { id: tenant.organizationId },
      project: { id: tenant.projectId },
    });
    expect((await api.data(operatorKey, viewer)).viewer).toMatchObject({
      kind: 'OPERATOR',
      organization: null,
      project: null,
      role: null,
    });
  });

  it('stop working the moment they are revoked', async () => {
    const { createApiKey } = await api.data(tenant.key, create, input({ role: 'VIEWER' }));
    await api.data(createApiKey.key, '{ viewer { kind } }');
    const { revokeApiKey } = await api.data(tenant.key, revoke, { id: createApiKey.apiKey.id });
    expect(revokeApiKey.apiKey.revokedAt).toBeTruthy();
    expect((await api.ask(createApiKey.key, '{ viewer { kind } }')).status).toBe(401);
    const again = await api.data(tenant.key, revoke, { id: createApiKey.apiKey.id });
    expect(again.revokeApiKey.apiKey.revokedAt).toBe(revokeApiKey.apiKey.revokedAt);
  });

  it('have either a role or permissions', async () => {
    for (const [changes, field] of [
      [{}, 'input.role'],
      [{ role: 'VIEWER', permissions: ['WEBHOOK_READ'] }, 'input.role'],
      [{ permissions: [] }, 'input.permissions'],
      [{ role: 'VIEWER', name: '' }, 'input.name'],
    ] as const) {
      expect(await api.refusal(tenant.key, create, input(changes))).toEqual({ code: 'VALIDATION_FAILED', field });
    }
    expect(
      await api.refusal(operatorKey, create, {
        input: { ...input({ role: 'VIEWER' }).input, projectId: tenant.organizationId },
      }),
    ).toEqual({
      code: 'NOT_FOUND',
      field: 'input.projectId',
    });
  });

  it('never give more than their maker has', async () => {
    const maker = await api.key(tenant.key, {
      organizationId: tenant.organizationId,
      permissions: ['KEY_MANAGE', 'WEBHOOK_READ'],
    });
    expect(await api.refusal(maker, create, input({ role: 'MEMBER' }))).toEqual({
      code: 'FORBIDDEN',
      field: 'input.role',
    });
    expect(await api.refusal(maker, create, input({ permissions: ['WEBHOOK_READ', 'WEBHOOK_MANAGE'] }))).toEqual({
      code: 'FORBIDDEN',
      field: 'input.permissions',
    });
    expect((await api.data(maker, create, input({ role: 'VIEWER' }))).createApiKey.key).toBeTruthy();
    expect((await api.data(maker, create, input({ permissions: ['KEY_MANAGE'] }))).createApiKey.key).toBeTruthy();
  });

  it.each([
    ['VIEWER', ['WEBHOOK_READ']],
    ['MEMBER', ['WEBHOOK_READ', 'DELIVERY_REPLAY', 'EVENT_PUBLISH']],
  ] as const)('with the role %s may do %j and nothing else', async (role, permissions) => {
    const key = await api.key(tenant.key, { organizationId: tenant.organizationId, role });
    const { viewer } = await api.data(key, '{ viewer { permissions } }');
    expect(viewer.permissions).toEqual(permissions);
    await api.data(key, '{ webhooks { edges { cursor } } deliveries { edges { cursor } } }');
    const { id } = await api.webhook(tenant);
    const scope = { projectId: tenant.projectId };
    const refused: [string, object][] = [
      [
        'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { secret } }',
        { input: { ...scope, name: 'x', url: 'https://example.com' } },
      ],
      [
        'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { id } } }',
        { input: { id, name: 'y' } },
      ],
      ['mutation ($id: ID!) { setWebhookActive(input: { id: $id, active: false }) { webhook { id } } }', { id }],
      ['mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', { id }],
      ['mutation ($id: ID!) { sendTestEvent(input: { webhookId: $id }) { delivery { id } } }', { id }],
      [
        'mutation ($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { name } } }',
        { input: { ...scope, name: 'a.b', schema: {} } },
      ],
      [
        'mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }',
        { input: { organizationId: tenant.organizationId, name: 'x' } },
      ],
      [create, input({ role: 'VIEWER' })],
      ['{ apiKeys { edges { cursor } } }', {}],
      ['mutation { createOrganization(input: { name: "x" }) { organization { id } } }', {}],
    ];
    if (role === 'VIEWER') {
      refused.push([
        'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }',
        { input: { ...scope, events: [{ type: 'a.b', data: {} }] } },
      ]);
    }
    for (const [query, variables] of refused)
      expect((await api.refusal(key, query, variables)).code, query).toBe('FORBIDDEN');
  });

  it('that only publish cannot read, not even through what they published', async () => {
    await api.eventType(tenant, 'crane.moved');
    const key = await api.key(tenant.key, { organizationId: tenant.organizationId, permissions: ['EVENT_PUBLISH'] });
    const publish = (fields: string) =>
      `mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { ${fields} } } }`;
    const variables = { input: { projectId: tenant.projectId, events: [{ type: 'crane.moved', data: {} }] } };
    expect((await api.data(key, publish('id type'), variables)).publishEvents.events[0].type).toBe('crane.moved');
    expect((await api.refusal(key, publish('deliveries { edges { node { id } } }'), variables)).code).toBe('FORBIDDEN');
    for (const query of [
      '{ webhooks { edges { cursor } } }',
      '{ deliveries { edges { cursor } } }',
      '{ deliveryCursor }',
    ]) {
      expect((await api.refusal(key, query)).code).toBe('FORBIDDEN');
    }
  });

  const limited = async (by: string, changes: object) => {
    const { createApiKey } = await api.data(
      by,
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { id expiresAt allowedAddresses } } }',
      input({ role: 'OWNER', ...changes }),
    );
    return createApiKey as {
      key: string;
      apiKey: { id: string; expiresAt: string | null; allowedAddresses: string[] };
    };
  };
  const soon = (ms: number) => new Date(Date.now() + ms).toISOString();

  it('that expire work until then, say so to their holder, and to nobody else', async () => {
    const expiresAt = soon(3_600_000);
    const { key, apiKey } = await limited(tenant.key, { expiresAt });
    expect(apiKey.expiresAt).toBe(expiresAt);
    await api.data(key, '{ viewer { kind } }');
    await atTime(Date.parse(expiresAt), async () => {
      const { errors, status } = await api.ask(key, '{ viewer { kind } }');
      expect([status, errors?.[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
      expect(errors?.[0]?.message).toContain(expiresAt);
      expect((await api.ask(`${key}x`, '{ viewer { kind } }')).text).not.toContain('expired at');
    });
    expect(await api.refusal(tenant.key, create, input({ role: 'OWNER', expiresAt: soon(-1_000) }))).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.expiresAt',
    });
  });

  it('that allow some addresses are refused from others as an unknown key is, by what trusted proxies saw', async () => {
    const { url, server } = await api.serve({ trustedProxies: ['127.0.0.0/8'] });
    const from = async (key: string, address: string) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, 'x-forwarded-for': address },
        body: '{"query":"{ viewer { kind } }"}',
      });
      return { status: response.status, text: await response.text() };
    };
    const { key, apiKey } = await limited(tenant.key, {
      allowedAddresses: ['203.0.113.77/24', '2001:db8::/32', '::ffff:198.51.100.7'],
    });
    expect(apiKey.allowedAddresses).toEqual(['203.0.113.0/24', '2001:db8::/32', '198.51.100.7/32']);
    for (const address of ['203.0.113.9', '::ffff:203.0.113.9', '2001:db8::1', '198.51.100.7']) {
      expect((await from(key, address)).status, address).toBe(200);
    }
    const unknown = await from('ehk_unknown', '203.0.113.9');
    for (const address of ['203.0.114.9', '2001:db9::1', '198.51.100.8']) {
      const { status, text } = await from(key, address);
      const codes = (body: string) =>
        JSON.parse(body).errors.map(
          ({ message, extensions: { code } }: { message: string; extensions: { code: string } }) => [message, code],
        );
      expect([status, codes(text)], address).toEqual([401, codes(unknown.text)]);
    }
    // Its owner sees when it was used, and of another when it was refused: a key's row is written once a minute at most.
    const strange = await limited(tenant.key, { allowedAddresses: ['203.0.113.0/24'] });
    expect((await from(strange.key, '198.51.100.9')).status).toBe(401);
    await server.close();
    const seen = async (id: string) => {
      const { apiKeys } = await api.data(
        tenant.key,
        '{ apiKeys { edges { node { id lastUsedAt lastRefusedAt lastRefusedAddress } } } }',
      );
      return apiKeys.edges.find(({ node }: { node: { id: string } }) => node.id === id).node;
    };
    const stored = { timeout: 15_000, interval: 200 };
    await expect.poll(() => seen(apiKey.id), stored).toMatchObject({ lastUsedAt: expect.any(String) });
    await expect
      .poll(() => seen(strange.apiKey.id), stored)
      .toMatchObject({
        lastUsedAt: null,
        lastRefusedAt: expect.any(String),
        lastRefusedAddress: '198.51.100.9',
      });
  });

  it.each([
    [[], 'input.allowedAddresses'],
    [['10.0.0.0/8', 'localhost'], 'input.allowedAddresses[1]'],
    [['10.1'], 'input.allowedAddresses[0]'],
    [['10.0.0.0/33'], 'input.allowedAddresses[0]'],
    [Array.from({ length: 51 }, () => '10.0.0.1'), 'input.allowedAddresses'],
  ])('take no addresses such as %j', async (allowedAddresses, field) => {
    expect(await api.refusal(tenant.key, create, input({ role: 'OWNER', allowedAddresses }))).toEqual({
      code: 'VALIDATION_FAILED',
      field,
    });
  });

  it('make no key that lasts longer, or is used from elsewhere, than themselves', async () => {
    const expiresAt = soon(3_600_000);
    const { key } = await limited(tenant.key, { expiresAt, allowedAddresses: ['127.0.0.0/8', '::1'] });
    const own = { expiresAt, allowedAddresses: ['127.0.0.1'] };
    await limited(key, own);
    for (const [changes, field] of [
      [{ ...own, expiresAt: null }, 'input.expiresAt'],
      [{ ...own, expiresAt: soon(7_200_000) }, 'input.expiresAt'],
      [{ ...own, allowedAddresses: null }, 'input.allowedAddresses'],
      [{ ...own, allowedAddresses: ['127.0.0.0/7'] }, 'input.allowedAddresses'],
    ] as const) {
      expect(await api.refusal(key, create, input({ role: 'OWNER', ...changes }))).toEqual({
        code: 'FORBIDDEN',
        field,
      });
    }
  });

  it('make no portal link that outlives them', async () => {
    const expiresAt = soon(1_800_000);
    const { key } = await limited(tenant.key, { expiresAt });
    const made = async (expiresIn: string) => {
      const text =
        'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { portalLink { expiresAt } } }';
      const asked = { projectId: tenant.projectId, permissions: ['WEBHOOK_READ'], expiresIn };
      return Date.parse((await api.data(key, text, { input: asked })).createPortalLink.portalLink.expiresAt);
    };
    expect(await made('P1D')).toBe(Date.parse(expiresAt));
    expect(await made('PT10M')).toBeLessThan(Date.parse(expiresAt));
  });
});
