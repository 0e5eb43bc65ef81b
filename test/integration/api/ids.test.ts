import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { Receiver } from '../../support/receiver.ts';

const publish = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }';

/** UUIDs are written in lower case and read in either (RFC 9562, section 4). */
describe('an id in upper case', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let receiver: Receiver;
  let webhookId: string;

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant();
    await api.eventType(tenant, 'task.created');
    await api.eventType(tenant, 'gate.painted');
    receiver = await new Receiver().listen();
    webhookId = (await api.webhook(tenant, { url: receiver.url })).id;
  });
  afterAll(async () => {
    await api.close();
    await receiver.close();
  });

  const published = async (events: object[]) => {
    const input = { projectId: tenant.projectId.toUpperCase(), events };
    const { publishEvents } = await api.data(tenant.key, publish, { input });
    return publishEvents.events.map(({ id }: { id: string }) => id) as string[];
  };

  it('of a project names where an event is published: it is delivered, and a repeated key is recognized', async () => {
    const event = { type: 'task.created', data: { title: 'Grease the crane' }, idempotencyKey: 'grease-1' };
    const [first] = await published([event]);
    await receiver.count(1);
    expect(await published([event])).toEqual([first]);
    const { publishEvents } = await api.data(tenant.key, publish, {
      input: { projectId: tenant.projectId, events: [event] },
    });
    expect(publishEvents.events).toEqual([{ id: first }]);
  });

  it('finds what the same id in lower case finds, in lists and look-ups', async () => {
    const ids = { id: webhookId.toUpperCase(), project: tenant.projectId.toUpperCase() };
    const found = await api.data(
      tenant.key,
      `query ($id: ID!, $project: ID!, $organization: ID!) {
         webhook(id: $id) { id }
         project(id: $project) { id }
         webhooks(projectId: $project, organizationId: $organization) { edges { node { id } } }
         deliveries(webhookId: $id) { edges { node { eventType } } }
       }`,
      { ...ids, organization: tenant.organizationId.toUpperCase() },
    );
    expect(found).toEqual({
      webhook: { id: webhookId },
      project: { id: tenant.projectId },
      webhooks: { edges: [{ node: { id: webhookId } }] },
      deliveries: { edges: [{ node: { eventType: 'task.created' } }] },
    });
  });

  it('names a webhook to change, also one whose URL is sealed, and its organization goes on publishing', async () => {
    const slack = await api.webhook(tenant, {
      name: 'Slack',
      profile: 'SLACK',
      eventTypes: ['gate.painted'],
      url: 'https://hooks.slack.com/services/T000/B000/first',
    });
    await api.data(
      tenant.key,
      'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { id } } }',
      {
        input: { id: slack.id.toUpperCase(), url: 'https://hooks.slack.com/services/T000/B000/second' },
      },
    );
    expect(await published([{ type: 'task.created', data: { title: 'Paint the gate' } }])).toHaveLength(1);
    await receiver.count(2);
  });

  it('is served over REST as well', async () => {
    const rest = (path: string, init?: RequestInit) =>
      fetch(`${api.url}/v1/webhooks${path}`, {
        ...init,
        headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json' },
      });
    const created = await rest('', {
      method: 'POST',
      body: JSON.stringify({ url: 'https://example.com/hook', project_id: tenant.projectId.toUpperCase() }),
    });
    expect(created.status).toBe(201);
    const { id, secret } = (await created.json()) as { id: string; secret: string };
    api.sentinels.add(secret);
    const changed = await rest(`/${id.toUpperCase()}`, { method: 'PATCH', body: '{"name":"Gate"}' });
    expect(await changed.json()).toMatchObject({ id, name: 'Gate' });
    expect((await rest(`/${id.toUpperCase()}/deliveries`)).status).toBe(200);
    expect((await rest('/no-id')).status).toBe(404);
  });

  it('in a scope names an organization or a project, wherever one may be named, and exactly one of them', async () => {
    const { projectId, organizationId } = tenant;
    const found = await api.data(
      tenant.key,
      `query ($project: ScopeInput, $organization: ScopeInput) {
         webhooks(scope: $project) { edges { node { id } } }
         all: webhooks(scope: $organization) { edges { node { id } } }
         eventTypes(scope: $project) { name }
         deliveryCursor(scope: $project)
         viewer { permissions(scope: $project) }
       }`,
      { project: { projectId }, organization: { organizationId } },
    );
    const same = await api.data(
      tenant.key,
      `query ($projectId: ID, $organizationId: ID) {
         webhooks(projectId: $projectId) { edges { node { id } } }
         all: webhooks(organizationId: $organizationId) { edges { node { id } } }
         eventTypes(projectId: $projectId) { name }
         deliveryCursor(projectId: $projectId)
         viewer { permissions(projectId: $projectId) }
       }`,
      { projectId, organizationId },
    );
    expect({ ...found, deliveryCursor: null }).toEqual({ ...same, deliveryCursor: null });

    const input = { scope: { projectId }, events: [{ type: 'task.created', data: { title: 'Oil the gate' } }] };
    const { publishEvents } = await api.data(tenant.key, publish, { input });
    expect(publishEvents.events).toHaveLength(1);

    const list = (scope: object, more = '') =>
      api.refusal(tenant.key, `query ($scope: ScopeInput) { webhooks(scope: $scope${more}) { edges { cursor } } }`, {
        scope,
      });
    const stranger = await api.tenant();
    expect(await list({ projectId: stranger.projectId })).toEqual({ code: 'NOT_FOUND', field: 'scope.projectId' });
    expect(await list({ organizationId: 'nobody' })).toEqual({ code: 'NOT_FOUND', field: 'scope.organizationId' });
    expect(await list({ projectId }, `, projectId: "${projectId}"`)).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'scope',
    });
    expect(
      await api.refusal(tenant.key, publish, { input: { ...input, scope: { projectId: stranger.projectId } } }),
    ).toEqual({ code: 'NOT_FOUND', field: 'input.scope.projectId' });
    for (const scope of [{}, { projectId, organizationId }, { projectId: null }]) {
      expect((await list(scope)).code).toBe('VALIDATION_FAILED');
    }
  });
});
