import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Everhook, JsonText } from '../../../client-sdk/src/index.ts';
import { operatorKey, TestApi, type TestTenant } from '../../support/api.ts';
import { Receiver } from '../../support/receiver.ts';

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('the log of an organization', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let other: TestTenant;
  let everhook: Everhook;
  let receiver: Receiver;
  let webhookId: string;
  /** In the order of publishing. */
  let ids: string[];

  beforeAll(async () => {
    api = await TestApi.start();
    receiver = await new Receiver(() => 204).listen();
    [tenant, other] = [await api.tenant(), await api.tenant()];
    everhook = new Everhook({ url: api.url, apiKey: tenant.key });
    for (const each of [tenant, other]) {
      for (const type of ['order.paid', 'order.lost']) await api.eventType(each, type);
    }
    webhookId = (await api.webhook(tenant, { url: receiver.url, eventTypes: ['order.paid'] })).id;
    const { projectId } = tenant;
    const list = [
      { type: 'order.paid', data: { order: { id: 7 }, tags: ['a', 'b'] }, labels: { customer: 'c_42', plan: 'pro' } },
      { type: 'order.lost', data: { order: { id: 8 } }, labels: { customer: 'c_42' } },
      {
        type: 'order.paid',
        data: { order: { id: 9 }, tags: ['b'] },
        labels: { customer: 'c_43' },
        idempotencyKey: 'nine',
      },
      { type: 'order.paid', data: { order: { id: 7 } } },
    ];
    ids = [];
    for (const event of list) ids.push((await everhook.events.publish(event, { projectId })).id);
    const theirs = new Everhook({ url: api.url, apiKey: other.key });
    await theirs.events.publishMany(list, { projectId: other.projectId });
    await receiver.count(3);
  }, 60_000);
  afterAll(async () => {
    await receiver?.close();
    await api?.close();
  });

  /** The places of the listed events in the order of publishing. */
  const places = async (filter: Parameters<Everhook['events']['list']>[0]) =>
    (await all(everhook.events.list(filter))).map(({ id }) => ids.indexOf(id));

  it('shows events newest first, with their labels and deliveries', async () => {
    const listed = await all(everhook.events.list());
    expect(listed.map(({ id }) => id)).toEqual(ids.toReversed());
    expect(listed.at(-1)).toMatchObject({
      type: 'order.paid',
      labels: { customer: 'c_42', plan: 'pro' },
      isTest: false,
    });
    const { events } = await api.data(
      tenant.key,
      '{ events(first: 3) { searchedUntil pageInfo { hasNextPage } edges { node { id deliveries { edges { node { webhook { id } } } } } } } }',
    );
    expect(events).toMatchObject({ searchedUntil: null, pageInfo: { hasNextPage: true } });
    const hooks = events.edges.map(({ node }: { node: { deliveries: { edges: object[] } } }) => node.deliveries.edges);
    expect(hooks).toEqual([[{ node: { webhook: { id: webhookId } } }], [{ node: { webhook: { id: webhookId } } }], []]);
  });

  it('finds events by type, label, id, idempotency key, and by having matched no webhook', async () => {
    expect(await places({ eventTypes: ['order.lost'] })).toEqual([1]);
    expect(await places({ labels: { customer: 'c_42' } })).toEqual([1, 0]);
    expect(await places({ labels: { customer: 'c_42', plan: 'pro' } })).toEqual([0]);
    expect(await places({ labels: { customer: 'c_42' }, eventTypes: ['order.paid'] })).toEqual([0]);
    expect(await places({ labels: { customer: 'nobody' } })).toEqual([]);
    expect(await places({ ids: [ids[2] as string, ids[0] as string, 'no id'] })).toEqual([2, 0]);
    expect(await places({ idempotencyKey: 'nine' })).toEqual([2]);
    expect(await places({ idempotencyKey: 'nine', projectId: tenant.projectId })).toEqual([2]);
    expect(await places({ idempotencyKey: 'ten' })).toEqual([]);
    expect(await places({ matchedNoWebhook: true })).toEqual([1]);
    expect(await places({ matchedNoWebhook: false })).toEqual([3, 2, 0]);
    expect(await places({ isTest: true })).toEqual([]);
    expect(await places({ to: new Date(Date.now() - 3_600_000) })).toEqual([]);
  });

  it('finds events by what their data contains', async () => {
    const from = new Date(Date.now() - 3_600_000);
    expect(await places({ dataContains: { order: { id: 7 } }, from })).toEqual([3, 0]);
    expect(await places({ dataContains: { order: { id: 7 }, tags: ['b'] } })).toEqual([0]);
    expect(await places({ dataContains: { tags: ['b'] }, labels: { customer: 'c_43' } })).toEqual([2]);
    expect(await places({ dataContains: { order: { id: '7' } } })).toEqual([]);
    for (const dataContains of ['7', [1], { text: '\u0000' }]) {
      const query = 'query ($part: JSON) { events(dataContains: $part) { edges { cursor } } }';
      expect(await api.refusal(tenant.key, query, { part: dataContains })).toEqual({
        code: 'VALIDATION_FAILED',
        field: 'dataContains',
      });
    }
  });

  it('keeps the text of what was published, and the key for a day', async () => {
    const data = '{"weight":1.50,"exact":12345.678901234567,"name":"\\u00e9"}';
    const { projectId } = tenant;
    const event = { type: 'order.lost', data: new JsonText(data), idempotencyKey: 'as text' };
    const { id } = await everhook.events.publish(event, { projectId });
    const found = await everhook.events.getText(id);
    expect(found).toMatchObject({ type: 'order.lost', idempotencyKey: 'as text', labels: {}, dataText: data });
    expect(() => new JsonText('{')).toThrow('This text is not JSON.');
    await expect(everhook.events.getText(other.projectId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('counts deliveries of events by status, those that the key may see', async () => {
    const counts = await everhook.events.deliveryCounts([...ids, 'no id']);
    expect([...counts].sort(([a], [b]) => (a < b ? -1 : 1))).toEqual([
      [ids[0], { DELIVERED: 1 }],
      [ids[1], {}],
      [ids[2], { DELIVERED: 1 }],
      [ids[3], { DELIVERED: 1 }],
    ]);
    expect(await everhook.events.deliveryCounts([])).toEqual(new Map());
    // Those of the organization's webhooks are not for a project's key.
    const { organizationId, projectId } = tenant;
    const { webhook: whole } = await everhook.webhooks.create({
      organizationId,
      name: 'Whole',
      url: receiver.url,
      profile: 'STANDARD',
      eventTypes: ['order.lost'],
    });
    const { id } = await everhook.events.publish({ type: 'order.lost', data: {} }, { projectId });
    const ofProject = new Everhook({
      url: api.url,
      apiKey: await api.key(tenant.key, { organizationId, projectId, role: 'VIEWER' }),
    });
    await expect.poll(async () => (await everhook.events.deliveryCounts([id])).get(id)).toEqual({ DELIVERED: 1 });
    expect((await ofProject.events.deliveryCounts([id])).get(id)).toEqual({});
    const theirs = new Everhook({ url: api.url, apiKey: other.key });
    expect(await theirs.events.deliveryCounts([id])).toEqual(new Map());
    await everhook.webhooks.delete(whole.id);
  });

  it('lists an organization’s types with those of its projects that one may see', async () => {
    const { organizationId } = tenant;
    const names = async (client: Everhook, filter: object) =>
      (await client.eventTypes.list({ organizationId, ...filter })).map(({ name, project }) => [
        name,
        project?.id ?? null,
      ]);
    const own = await names(everhook, {});
    const all = await names(everhook, { ofProjects: true });
    expect(own.some(([name]) => name === 'order.paid')).toBe(false);
    expect(all).toContainEqual(['order.paid', tenant.projectId]);
    expect(all).toContainEqual(['everhook.webhook.degraded', null]);
    const { project } = await everhook.projects
      .create({ organizationId, name: 'Other', profile: 'TESTPLANIT' })
      .then((made) => ({ project: made }));
    await everhook.eventTypes.create({ projectId: project.id, name: 'other.only', schema: {} });
    const key = await api.key(tenant.key, { organizationId, projectId: tenant.projectId, role: 'VIEWER' });
    const narrow = await names(new Everhook({ url: api.url, apiKey: key }), { ofProjects: true });
    expect(narrow).toContainEqual(['order.paid', tenant.projectId]);
    expect(narrow).not.toContainEqual(['other.only', project.id]);
    // Of the other project's profile.
    expect(narrow.some(([name]) => name === 'issue.created')).toBe(false);
    expect((await names(everhook, { ofProjects: true })).filter(([name]) => name === 'issue.created')).toHaveLength(1);
    expect(await names(everhook, { ofProjects: true, archived: true })).toEqual([]);
  });

  it('finds deliveries by event and by label, with their replays', async () => {
    const byLabel = () => all(everhook.deliveries.list({ labels: { customer: 'c_42' } }));
    const [first, ...others] = await byLabel();
    expect(others).toEqual([]);
    expect(first).toMatchObject({ event: { id: ids[0] }, webhook: { id: webhookId } });
    const replay = await everhook.deliveries.replay(first?.id as string);
    expect((await byLabel()).map(({ id }) => id)).toEqual([replay.id, first?.id]);
    expect((await all(everhook.deliveries.list({ eventId: ids[0] }))).map(({ id }) => id)).toEqual([
      replay.id,
      first?.id,
    ]);
    expect(await all(everhook.deliveries.list({ eventId: ids[1] }))).toEqual([]);
    expect(await all(everhook.deliveries.list({ labels: { plan: 'pro' }, statuses: ['FAILED'] }))).toEqual([]);
    expect(await all(everhook.deliveries.list({ webhookId, eventTypes: ['order.lost'] }))).toEqual([]);
    expect(await all(everhook.deliveries.list({ isTest: true }))).toEqual([]);
    await api.data(
      tenant.key,
      'mutation ($input: SendTestEventInput!) { sendTestEvent(input: $input) { delivery { id } } }',
      { input: { webhookId } },
    );
    expect(await all(everhook.deliveries.list({ isTest: true }))).toHaveLength(1);
    expect(await all(everhook.events.list({ isTest: true }))).toHaveLength(1);
  });

  it('tells live readers of the deliveries of a label, and of no others', async () => {
    const watch = everhook.deliveries.watch({ labels: { customer: 'live' }, statuses: ['DELIVERED'] });
    await watch.ready;
    const { projectId } = tenant;
    await everhook.events.publish({ type: 'order.paid', data: {}, labels: { customer: 'other' } }, { projectId });
    const { id } = await everhook.events.publish(
      { type: 'order.paid', data: {}, labels: { customer: 'live' } },
      { projectId },
    );
    const { value } = await watch[Symbol.asyncIterator]().next();
    expect(value).toMatchObject({ event: { id }, status: 'DELIVERED' });
    await watch.return?.();
  });

  it('counts the deliveries of a label', async () => {
    const [from, to] = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 3_600_000)];
    const { projectId } = tenant;
    for (let n = 0; n < 3; n++) {
      await everhook.events.publish({ type: 'order.paid', data: {}, labels: { counted: 'yes' } }, { projectId });
    }
    const total = async (labels: Record<string, string>) => {
      const buckets = await everhook.deliveries.stats({ from, to, bucket: 'HOUR', labels });
      return buckets.reduce((sum, each) => sum + each.total, 0);
    };
    expect(await total({ counted: 'yes' })).toBe(3);
    expect(await total({ counted: 'no' })).toBe(0);
    expect(await total({ counted: 'yes', plan: 'pro' })).toBe(0);
  });

  it('shows nobody the events of others', async () => {
    const key = await api.key(tenant.key, {
      organizationId: tenant.organizationId,
      projectId: tenant.projectId,
      role: 'VIEWER',
    });
    const ofProject = new Everhook({ url: api.url, apiKey: key });
    const operator = new Everhook({ url: api.url, apiKey: operatorKey });
    const theirs = await all(operator.events.list({ organizationId: other.organizationId }));
    expect(theirs).toHaveLength(4);
    const labels = { customer: 'c_42' };
    expect(await all(ofProject.events.list({ ids: theirs.map(({ id }) => id) }))).toEqual([]);
    expect((await all(ofProject.events.list({ labels }))).map(({ id }) => id)).toEqual([ids[1], ids[0]]);
    expect(await all(operator.events.list({ organizationId: other.organizationId, labels }))).toHaveLength(2);
    expect(await all(ofProject.deliveries.list({ eventId: theirs[0]?.id }))).toEqual([]);
    expect(await api.refusal(operatorKey, '{ events(idempotencyKey: "nine") { edges { cursor } } }')).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'organizationId',
    });
    expect(
      await api.refusal(key, 'query ($id: ID) { events(projectId: $id) { edges { cursor } } }', {
        id: other.projectId,
      }),
    ).toMatchObject({ code: 'NOT_FOUND' });
  });
});
