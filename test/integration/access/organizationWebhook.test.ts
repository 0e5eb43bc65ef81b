import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GraphQLField, GraphQLObjectType } from 'graphql';
import pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { packageRoot } from '../../../core/ground/packageRoot.ts';
import { schema } from '../../../schema/schema.ts';
import type { TestApi, TestTenant } from '../../support/api.ts';
import { GraphQLSocket } from '../../support/graphqlSocket.ts';
import { Receiver } from '../../support/receiver.ts';
import { member, startWithUsers } from '../../support/users.ts';
import { objectOf, selections } from './selections.ts';

/** What only the organization's own people may read. */
const secrets = ['tok_in_the_query', 'stack of the internal receiver', 'x-internal-route'];

describe("the organization's webhook, and a principal of one project", () => {
  let api: TestApi;
  let tenant: TestTenant;
  let internal: Receiver;
  let customers: Receiver;
  /** The organization's webhook, and its delivery of the project's event. */
  let wide: { webhookId: string; deliveryId: string };
  /** The project's webhook, and its delivery of the same event. */
  let narrow: { webhookId: string; deliveryId: string };
  let eventId: string;
  /** Principals that see the project alone. */
  let ofProject: [string, string][];

  beforeAll(async () => {
    api = await startWithUsers();
    tenant = await api.tenant();
    internal = await new Receiver(() => ({
      code: 500,
      headers: { 'x-internal-route': 'x' },
      body: 'stack of the internal receiver',
    })).listen();
    customers = await new Receiver().listen();
    await api.eventType(tenant, 'crane.moved');
    const { organizationId, projectId } = tenant;
    const url = `${internal.url}?token=tok_in_the_query`;
    wide = {
      webhookId: (
        await api.webhook(tenant, {
          projectId: undefined,
          organizationId,
          url,
          profile: 'TESTPLANIT',
          retrySchedule: ['P1D'],
        })
      ).id,
      deliveryId: '',
    };
    narrow = { webhookId: (await api.webhook(tenant, { url: customers.url })).id, deliveryId: '' };
    const { createPortalLink } = await api.data(
      tenant.key,
      'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { token } }',
      { input: { projectId, permissions: ['WEBHOOK_READ', 'WEBHOOK_MANAGE', 'DELIVERY_REPLAY'] } },
    );
    ofProject = [
      ['a portal link', createPortalLink.token],
      ["a project's OWNER key", await api.key(tenant.key, { organizationId, projectId, role: 'OWNER' })],
    ];
    eventId = await publish();
    await Promise.all([internal.count(1), customers.count(1)]);
    await vi.waitFor(
      async () => expect((await log()).map(({ status }) => status).sort()).toEqual(['DELIVERED', 'RETRYING']),
      { timeout: 20_000, interval: 50 },
    );
    for (const { id, webhook } of await log()) (webhook.id === wide.webhookId ? wide : narrow).deliveryId = id;
  });
  afterAll(async () => {
    await api.close();
    await internal.close();
    await customers.close();
  });

  const publish = async (): Promise<string> => {
    const { publishEvents } = await api.data(
      tenant.key,
      'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }',
      { input: { projectId: tenant.projectId, events: [{ type: 'crane.moved', data: { n: 1 } }] } },
    );
    return publishEvents.events[0].id;
  };
  /** The event's deliveries, as the organization's owner sees them. */
  const log = async (): Promise<{ id: string; status: string; webhook: { id: string } }[]> => {
    const { event } = await api.data(
      tenant.key,
      'query ($id: ID!) { event(id: $id) { deliveries { edges { node { id status webhook { id } } } } } }',
      { id: eventId },
    );
    return event.deliveries.edges.map(({ node }: { node: object }) => node);
  };

  it('is seen, with what it sent and was answered, by the organization alone', async () => {
    const asked = `query ($id: ID!) { delivery(id: $id) { webhook { id } request { url } attempts { responseBody responseHeaders { name } } } }`;
    const { text } = await api.ask(tenant.key, asked, { id: wide.deliveryId });
    for (const secret of secrets) expect(text).toContain(secret);
    for (const [name, key] of ofProject) {
      expect(await api.refusal(key, asked, { id: wide.deliveryId }), name).toMatchObject({ code: 'NOT_FOUND' });
      expect((await api.ask(key, asked, { id: narrow.deliveryId })).text, name).toContain(narrow.webhookId);
    }
  });

  it('is sent again with the project in which the event happened', async () => {
    await api.data(tenant.key, 'mutation ($id: ID!) { replayDelivery(input: { id: $id }) { delivery { id } } }', {
      id: wide.deliveryId,
    });
    const [first, second] = (await internal.count(2)).map(({ body }) => JSON.parse(body));
    expect(first).toMatchObject({ project_id: tenant.projectId });
    expect(second.project_id).toBe(first.project_id);
  });

  it('is on no path through the schema', { timeout: 120_000 }, async () => {
    const query = schema.getQueryType() as GraphQLObjectType;
    const beginnings: Record<string, string> = {
      event: `event(id: "${eventId}")`,
      delivery: `delivery(id: "${narrow.deliveryId}")`,
      webhook: `webhook(id: "${narrow.webhookId}")`,
      project: `project(id: "${tenant.projectId}")`,
      organization: `organization(id: "${tenant.organizationId}")`,
      viewer: 'viewer',
    };
    // The key may read whatever a portal link may, and more.
    const [, [name, key]] = ofProject as [unknown, [string, string]];
    let shown = '';
    for (const [field, beginning] of Object.entries(beginnings)) {
      const { type } = query.getFields()[field] as GraphQLField<unknown, unknown>;
      for (const selection of selections(objectOf(type) as GraphQLObjectType)) {
        const { text } = await api.ask(key, `{ ${beginning} { ${selection} } }`);
        for (const hidden of [wide.webhookId, wide.deliveryId, ...secrets]) {
          expect(text.includes(hidden), `${name}: ${beginning} { ${selection} } shows ${hidden}`).toBe(false);
        }
        shown += text;
      }
    }
    expect(shown).toContain(narrow.deliveryId);
    expect(shown).toContain(narrow.webhookId);
  });

  it('is in no list, count or statistics of the project', async () => {
    const { projectId } = tenant;
    const [from, to] = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 3_600_000)];
    const asked = `query ($projectId: ID, $from: DateTime!, $to: DateTime!) {
      deliveries(projectId: $projectId) { edges { node { id } } }
      openDeliveries(projectId: $projectId) { retrying }
      deliveryStats(projectId: $projectId, from: $from, to: $to, bucket: HOUR) { total delivered retrying }
    }`;
    for (const [name, key] of [...ofProject, ['the owner, of the project', tenant.key]] as const) {
      const { deliveries, openDeliveries, deliveryStats } = await api.data(key, asked, { projectId, from, to });
      expect(
        deliveries.edges.map(({ node }: { node: { id: string } }) => node.id),
        name,
      ).toEqual([narrow.deliveryId]);
      expect(openDeliveries, name).toEqual({ retrying: 0 });
      const sum = (field: string) =>
        deliveryStats.reduce((all: number, each: Record<string, number>) => all + (each[field] ?? 0), 0);
      expect([sum('total'), sum('delivered'), sum('retrying')], name).toEqual([1, 1, 0]);
    }
    const whole = await api.data(
      tenant.key,
      '{ openDeliveries { pending sending retrying } deliveries { edges { node { id } } } }',
    );
    const { pending, sending, retrying } = whole.openDeliveries;
    expect(pending + sending + retrying).toBe(2);
    expect(whole.deliveries.edges).toHaveLength(3);
  });

  it('is neither retried nor replayed, tested, recovered or asked for statistics by them', async () => {
    const { webhookId, deliveryId } = wide;
    const mutations = [
      ['retryDelivery(input: { id: $id }) { delivery { id } }', deliveryId],
      ['replayDelivery(input: { id: $id }) { delivery { id } }', deliveryId],
      ['bulkReplayDeliveries(input: { ids: [$id] }) { deliveries { id } }', deliveryId],
      ['recoverDeliveries(input: { webhookId: $id, since: "2026-01-01T00:00:00Z" }) { recovery { id } }', webhookId],
      ['sendTestEvent(input: { webhookId: $id }) { delivery { id } }', webhookId],
    ] as const;
    for (const [name, key] of ofProject) {
      for (const [call, id] of mutations) {
        expect(await api.refusal(key, `mutation ($id: ID!) { ${call} }`, { id }), `${name}: ${call}`).toMatchObject({
          code: 'NOT_FOUND',
        });
      }
      for (const call of [
        'deliveries(webhookId: $id) { edges { node { id } } }',
        'openDeliveries(webhookId: $id) { pending }',
      ]) {
        expect(await api.refusal(key, `query ($id: ID!) { ${call} }`, { id: webhookId })).toMatchObject({
          code: 'NOT_FOUND',
        });
      }
      const rest = await fetch(`${api.url}/v1/webhooks/${webhookId}/deliveries`, {
        headers: { authorization: `Bearer ${key}` },
      });
      expect(rest.status).toBe(404);
    }
    // Who sees the organization and acts in the project alone is told so.
    const admin = await member(api, tenant, 'admin of the project', 'PROJECT_ADMIN');
    for (const [call, id] of mutations.slice(0, 3)) {
      expect(await api.refusal(admin, `mutation ($id: ID!) { ${call} }`, { id })).toMatchObject({ code: 'FORBIDDEN' });
    }
    expect(internal.received).toHaveLength(2);
  });

  it('is neither named nor in the way where they delete a type of the project that it has chosen', async () => {
    const { organizationId, projectId } = tenant;
    const chosen = ['crane.sold', 'crane.rented'];
    for (const name of chosen) await api.eventType(tenant, name);
    const { id } = await api.webhook(tenant, {
      projectId: undefined,
      organizationId,
      profile: 'TESTPLANIT',
      eventTypes: chosen,
    });
    const deleting = `mutation ($projectId: ID, $name: ID!) {
      deleteEventType(input: { id: $name, projectId: $projectId }) { deletedEventTypeId }
    }`;
    const [, [, owner]] = ofProject as [unknown, [string, string]];
    const refused = async (key: string, name: string | undefined) =>
      (await api.ask(key, deleting, { projectId, name })).errors?.[0]?.message;
    expect(await refused(tenant.key, chosen[0])).toContain(id);
    await api.data(owner, deleting, { projectId, name: chosen[0] });
    // What their own webhooks have chosen is in the way all the same.
    const own = await api.webhook(tenant, { eventTypes: [chosen[1]] });
    expect(await refused(owner, chosen[1])).toContain(own.id);
  });

  it('is not behind an event that matched no webhook of theirs', async () => {
    const other = await api.tenant();
    const { organizationId, projectId } = other;
    for (const type of ['crane.idle', 'crane.moved']) await api.eventType(other, type);
    await api.webhook(other, { projectId: undefined, organizationId, url: customers.url, profile: 'TESTPLANIT' });
    await api.webhook(other, { url: customers.url, eventTypes: ['crane.moved'] });
    const narrowKey = await api.key(other.key, { organizationId, projectId, role: 'VIEWER' });
    for (const type of ['crane.idle', 'crane.moved']) {
      await api.data(
        other.key,
        'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }',
        { input: { projectId, events: [{ type, data: {} }] } },
      );
    }
    const types = async (key: string, matchedNoWebhook: boolean): Promise<string[]> => {
      const { events } = await api.data(
        key,
        'query ($projectId: ID, $none: Boolean) { events(projectId: $projectId, matchedNoWebhook: $none) { edges { node { type } } } }',
        { projectId, none: matchedNoWebhook },
      );
      return events.edges.map(({ node }: { node: { type: string } }) => node.type);
    };
    expect(await types(other.key, true)).toEqual([]);
    expect(await types(other.key, false)).toEqual(['crane.moved', 'crane.idle']);
    expect(await types(narrowKey, true)).toEqual(['crane.idle']);
    expect(await types(narrowKey, false)).toEqual(['crane.moved']);
  });

  it('is told of by no live feed of theirs, not even by a silence that ends', async () => {
    for (const [, key] of ofProject) {
      const socket = await new GraphQLSocket(api.url).open(key);
      const { deliveryCursor } = await api.data(key, '{ deliveryCursor }');
      socket.subscribe('1', 'subscription ($after: String) { deliveryUpdated(after: $after) { id webhook { id } } }', {
        after: deliveryCursor,
      });
      const before = (await api.data(tenant.key, '{ deliveries { edges { node { id } } } }')).deliveries.edges.length;
      await publish();
      await expect
        .poll(
          async () => {
            const { deliveries } = await api.data(tenant.key, '{ deliveries { edges { node { id status } } } }');
            const statuses = deliveries.edges
              .slice(0, 2)
              .map(({ node }: { node: { status: string } }) => node.status)
              .sort();
            return deliveries.edges.length === before + 2 && statuses.join();
          },
          { timeout: 20_000 },
        )
        .toBe('DELIVERED,RETRYING');
      await api.data(tenant.key, 'mutation ($id: ID!) { replayDelivery(input: { id: $id }) { delivery { id } } }', {
        id: wide.deliveryId,
      });
      // The last of what is told is the project's own: whatever came before it has been told by then.
      const { replayDelivery } = await api.data(
        tenant.key,
        'mutation ($id: ID!) { replayDelivery(input: { id: $id }) { delivery { id } } }',
        { id: narrow.deliveryId },
      );
      for (;;) {
        const { type, payload } = await socket.next();
        expect(type).toBe('next');
        expect(payload.errors).toBeUndefined();
        expect(payload.data.deliveryUpdated.webhook).toEqual({ id: narrow.webhookId });
        if (payload.data.deliveryUpdated.id === replayDelivery.delivery.id) break;
      }
      socket.socket.close();
      await socket.closed;
    }
  });

  it('becomes the organization’s alone for what was stored before, counts included', async () => {
    const other = await api.tenant();
    const { organizationId, projectId } = other;
    const { id } = await api.webhook(other, { projectId: undefined, organizationId });
    const client = new pg.Client({ connectionString: api.database.url });
    await client.connect();
    try {
      const deliveryId = v7();
      await client.query(
        `INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_type, status) VALUES ($1, $2, $3, $4, 'a.b', 'FAILED')`,
        [deliveryId, organizationId, projectId, id],
      );
      for (const table of ['delivery_minute', 'delivery_hour']) {
        await client.query(
          `INSERT INTO ${table} VALUES ($1, NULL, $2, '2026-11-01T10:00Z', 1, 2, 3, NULL),
                                       ($1, $3, $2, '2026-11-01T10:00Z', 10, 20, 30, '{1,2}'),
                                       ($1, $4, $2, '2026-11-01T10:00Z', 100, 200, 300, '{5,6}'),
                                       ($1, $3, $2, '2026-11-01T11:00Z', 7, 0, 0, NULL)`,
          [organizationId, id, projectId, v7()],
        );
      }
      await client.query(
        await readFile(
          join(packageRoot, 'prisma/migrations/20261128070000_deliveries_belong_to_webhooks/migration.sql'),
          'utf8',
        ),
      );
      expect((await client.query('SELECT project_id FROM delivery WHERE id = $1', [deliveryId])).rows).toEqual([
        { project_id: null },
      ]);
      for (const table of ['delivery_minute', 'delivery_hour']) {
        const { rows } = await client.query(
          `SELECT project_id, delivered, failed, cancelled, times FROM ${table} WHERE webhook_id = $1 ORDER BY at`,
          [id],
        );
        expect(rows).toEqual([
          { project_id: null, delivered: 111, failed: 222, cancelled: 333, times: [6, 8] },
          { project_id: null, delivered: 7, failed: 0, cancelled: 0, times: null },
        ]);
      }
    } finally {
      await client.end();
    }
  });
});
