import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operatorKey, TestApi, type TestTenant } from '../../support/api.ts';

describe('tenancy', () => {
  let api: TestApi;
  let ours: TestTenant;
  let theirs: TestTenant;
  let theirWebhook: string;
  let theirEvent: string;
  let theirDelivery: string;

  beforeAll(async () => {
    api = await TestApi.start();
    ours = await api.tenant();
    theirs = await api.tenant();
    theirWebhook = (await api.webhook(theirs)).id;
    const test = await api.data(
      theirs.key,
      'mutation ($id: ID!) { sendTestEvent(input: { webhookId: $id }) { delivery { id event { id } } } }',
      { id: theirWebhook },
    );
    theirDelivery = test.sendTestEvent.delivery.id;
    theirEvent = test.sendTestEvent.delivery.event.id;
  });
  afterAll(() => api.close());

  const notFound = (field: string) => ({ code: 'NOT_FOUND', field });

  it('does not find what another tenant has, by any query', async () => {
    const cases: [string, string, string][] = [
      ['organization(id: $id) { id }', theirs.organizationId, 'id'],
      ['project(id: $id) { id }', theirs.projectId, 'id'],
      ['webhook(id: $id) { id }', theirWebhook, 'id'],
      ['event(id: $id) { id }', theirEvent, 'id'],
      ['delivery(id: $id) { id }', theirDelivery, 'id'],
      ['webhooks(organizationId: $id) { edges { node { id } } }', theirs.organizationId, 'organizationId'],
      ['webhooks(projectId: $id) { edges { node { id } } }', theirs.projectId, 'projectId'],
      ['deliveries(webhookId: $id) { edges { node { id } } }', theirWebhook, 'webhookId'],
      ['deliveries(projectId: $id) { edges { node { id } } }', theirs.projectId, 'projectId'],
      ['deliveries(organizationId: $id) { edges { node { id } } }', theirs.organizationId, 'organizationId'],
      ['eventTypes(projectId: $id) { name }', theirs.projectId, 'projectId'],
      ['eventTypes(organizationId: $id) { name }', theirs.organizationId, 'organizationId'],
      ['apiKeys(organizationId: $id) { edges { node { id } } }', theirs.organizationId, 'organizationId'],
      ['projects(organizationId: $id) { edges { node { id } } }', theirs.organizationId, 'organizationId'],
      ['deliveryCursor(projectId: $id)', theirs.projectId, 'projectId'],
    ];
    for (const [field, id, argument] of cases) {
      expect(await api.refusal(ours.key, `query ($id: ID!) { ${field} }`, { id }), field).toEqual(notFound(argument));
    }
  });

  it('does not find what another tenant has, by any mutation', async () => {
    const cases: [string, object, string][] = [
      [
        'createProject(input: $input) { project { id } }',
        { organizationId: theirs.organizationId, name: 'x' },
        'input.organizationId',
      ],
      [
        'createApiKey(input: $input) { key }',
        { organizationId: theirs.organizationId, name: 'x', role: 'VIEWER' },
        'input.organizationId',
      ],
      [
        'createEventType(input: $input) { eventType { name } }',
        { projectId: theirs.projectId, name: 'a.b', schema: {} },
        'input.projectId',
      ],
      [
        'createWebhook(input: $input) { secret }',
        { projectId: theirs.projectId, name: 'x', url: 'https://example.com' },
        'input.projectId',
      ],
      [
        'createWebhook(input: $input) { secret }',
        { organizationId: theirs.organizationId, name: 'x', url: 'https://example.com' },
        'input.organizationId',
      ],
      ['updateWebhook(input: $input) { webhook { id } }', { id: theirWebhook, name: 'x' }, 'input.id'],
      [
        'publishEvents(input: $input) { events { id } }',
        { projectId: theirs.projectId, events: [{ type: 'a.b', data: {} }] },
        'input.projectId',
      ],
    ];
    for (const [field, input, argument] of cases) {
      const name = field.slice(0, field.indexOf('('));
      const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input!`;
      const refusal = await api.refusal(ours.key, `mutation ($input: ${type}) { ${field} }`, { input });
      expect(refusal, field).toEqual(notFound(argument));
    }
    for (const [field, id, argument] of [
      ['setWebhookActive(input: { id: $id, active: false }) { webhook { id } }', theirWebhook, 'input.id'],
      ['deleteWebhook(input: { id: $id }) { webhook { id } }', theirWebhook, 'input.id'],
      ['sendTestEvent(input: { webhookId: $id }) { delivery { id } }', theirWebhook, 'input.webhookId'],
      ['revokeApiKey(input: { id: $id }) { apiKey { id } }', theirs.organizationId, 'input.id'],
    ] as const) {
      expect(await api.refusal(ours.key, `mutation ($id: ID!) { ${field} }`, { id }), field).toEqual(
        notFound(argument),
      );
    }
    const { webhook } = await api.data(theirs.key, 'query ($id: ID!) { webhook(id: $id) { name active } }', {
      id: theirWebhook,
    });
    expect(webhook).toEqual({ name: 'Berth board', active: true });
  });

  it('lists nothing of another tenant', async () => {
    const lists = await api.data(
      ours.key,
      `{ organizations { edges { node { id } } } projects { edges { node { id } } } webhooks { edges { node { id } } }
         deliveries { edges { node { id } } } }`,
    );
    expect(lists).toEqual({
      organizations: { edges: [{ node: { id: ours.organizationId } }] },
      projects: { edges: [{ node: { id: ours.projectId } }] },
      webhooks: { edges: [] },
      deliveries: { edges: [] },
    });
  });

  it('lets the operator see every tenant', async () => {
    const found = await api.data(operatorKey, 'query ($id: ID!) { webhook(id: $id) { organization { id } } }', {
      id: theirWebhook,
    });
    expect(found.webhook.organization.id).toBe(theirs.organizationId);
  });

  it('keeps a key of one project to that project', async () => {
    const tenant = await api.tenant();
    const { createProject } = await api.data(
      tenant.key,
      'mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }',
      { input: { organizationId: tenant.organizationId, name: 'Dry dock' } },
    );
    const other = { ...tenant, projectId: createProject.project.id };
    const restricted = await api.key(tenant.key, {
      organizationId: tenant.organizationId,
      projectId: tenant.projectId,
      role: 'OWNER',
    });
    const mine = (await api.webhook({ ...tenant, key: restricted })).id;
    const foreign = (await api.webhook(other)).id;
    const wide = (await api.webhook(tenant, { projectId: undefined, organizationId: tenant.organizationId })).id;

    const { webhooks } = await api.data(restricted, '{ webhooks { edges { node { id } } } }');
    expect(webhooks.edges).toEqual([{ node: { id: mine } }]);
    for (const id of [foreign, wide]) {
      expect(await api.refusal(restricted, 'query ($id: ID!) { webhook(id: $id) { id } }', { id })).toEqual(
        notFound('id'),
      );
      expect(
        await api.refusal(restricted, 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', {
          id,
        }),
      ).toEqual(notFound('input.id'));
    }
    expect(
      await api.refusal(restricted, 'query ($id: ID!) { project(id: $id) { id } }', { id: other.projectId }),
    ).toEqual(notFound('id'));
    const beyond = { organizationId: tenant.organizationId, name: 'x', url: 'https://example.com' };
    expect(
      await api.refusal(
        restricted,
        'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { secret } }',
        { input: beyond },
      ),
    ).toMatchObject({ code: 'FORBIDDEN' });
    expect(
      await api.refusal(restricted, 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }', {
        input: { organizationId: tenant.organizationId, name: 'x', role: 'VIEWER' },
      }),
    ).toEqual({ code: 'FORBIDDEN', field: 'input.organizationId' });
  });

  it('takes an id that is none for one that names nothing', async () => {
    expect(await api.refusal(ours.key, '{ webhook(id: "1; DROP TABLE webhook") { id } }')).toEqual(notFound('id'));
  });
});
