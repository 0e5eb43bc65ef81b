import type { GraphQLObjectType } from 'graphql';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { schema } from '../../../schema/schema.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { Receiver } from '../../support/receiver.ts';
import { selections } from '../access/selections.ts';

const publish = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }';
const retry = 'retry { workflowId attempt nextAttemptAt remaining schedule url }';
const ofDelivery = `query ($id: ID!) { delivery(id: $id) { id status nextAttemptAt ${retry} } }`;
const ofWebhook = 'query ($id: ID!) { webhook(id: $id) { retryWorkflow { workflowId waiting nextDueAt url } } }';
const uiUrl = 'https://temporal.harbour.example/ui';

// Temporal is away all the time: what is said here comes from the rows.
/** On a busy machine what takes milliseconds may take seconds. */
const patience = { timeout: 20_000 };

describe('what waits for a retry', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let other: TestTenant;
  let pool: pg.Pool;
  let bad: Receiver;
  let good: Receiver;
  let webhook: string;
  let wide: string;
  let portal: string;
  const link = (id: string) => `${uiUrl}/namespaces/default/workflows/deliver%3A${id}`;

  beforeAll(async () => {
    api = await TestApi.start({ temporalUiUrl: uiUrl });
    tenant = await api.tenant();
    other = await api.tenant();
    pool = new pg.Pool({ connectionString: api.database.url, max: 2 });
    await api.eventType(tenant, 'crane.moved');
    bad = await new Receiver(() => ({ code: 500, body: 'no' })).listen();
    good = await new Receiver(() => 200).listen();
    webhook = (await api.webhook(tenant, { url: bad.url, retrySchedule: ['PT10M', 'PT1H', 'PT2H'] })).id;
    const { organizationId } = tenant;
    wide = (await api.webhook(tenant, { projectId: undefined, organizationId, url: bad.url })).id;
    await api.webhook(tenant, { url: good.url });
    const { createPortalLink } = await api.data(
      tenant.key,
      'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { token } }',
      { input: { projectId: tenant.projectId, permissions: ['WEBHOOK_READ', 'WEBHOOK_MANAGE', 'DELIVERY_REPLAY'] } },
    );
    portal = createPortalLink.token;
    for (const berth of [1, 2]) {
      await api.data(tenant.key, publish, {
        input: { projectId: tenant.projectId, events: [{ type: 'crane.moved', data: { berth } }] },
      });
    }
    await vi.waitUntil(async () => {
      const { rows } = await pool.query(`SELECT count(*)::int AS open FROM delivery WHERE leased_by IS NOT NULL`);
      return rows[0].open === 0 && good.received.length === 2;
    }, patience);
  });
  afterAll(async () => {
    await pool.end();
    await api.close();
    await bad.close();
    await good.close();
  });

  const log = async (key: string, fields: string, args = '') =>
    (await api.data(key, `{ deliveries(first: 20${args}) { edges { node { ${fields} } } } }`)).deliveries.edges.map(
      // biome-ignore lint/suspicious/noExplicitAny: tests read what they asked for.
      ({ node }: any) => node,
    );

  it('is said of each delivery, with the workflow that owns it: which attempt, when, and how many may follow', async () => {
    const [delivery] = await log(tenant.key, 'id nextAttemptAt', `, webhookId: "${webhook}"`);
    const answer = (await api.data(tenant.key, ofDelivery, { id: delivery.id })).delivery;
    expect(answer).toEqual({
      id: delivery.id,
      status: 'RETRYING',
      nextAttemptAt: delivery.nextAttemptAt,
      retry: {
        workflowId: `deliver:${webhook}`,
        attempt: 2,
        nextAttemptAt: delivery.nextAttemptAt,
        remaining: 2,
        schedule: ['PT10M', 'PT1H', 'PT2H'],
        url: link(webhook),
      },
    });
    // As the schedule is now: one that was made shorter leaves no more than this attempt.
    const update = 'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { id } } }';
    await api.data(tenant.key, update, { input: { id: webhook, retrySchedule: ['PT10M'] } });
    const { remaining, schedule } = (await api.data(tenant.key, ofDelivery, { id: delivery.id })).delivery.retry;
    expect({ remaining, schedule }).toEqual({ remaining: 0, schedule: ['PT10M'] });
  });

  it('is nothing of what has ended', async () => {
    const ended = await log(tenant.key, 'status retry { attempt }', ', statuses: [DELIVERED]');
    expect(ended).toEqual(Array(2).fill({ status: 'DELIVERED', retry: null }));
  });

  it('is counted for each webhook, with when the first is due', async () => {
    const waiting = await log(tenant.key, 'nextAttemptAt', `, webhookId: "${webhook}"`);
    const due = waiting.map(({ nextAttemptAt }: { nextAttemptAt: string }) => nextAttemptAt).sort();
    expect((await api.data(tenant.key, ofWebhook, { id: webhook })).webhook.retryWorkflow).toEqual({
      workflowId: `deliver:${webhook}`,
      waiting: 2,
      nextDueAt: due[0],
      url: link(webhook),
    });
    const { id } = await api.webhook(tenant);
    expect((await api.data(tenant.key, ofWebhook, { id })).webhook.retryWorkflow).toEqual({
      workflowId: `deliver:${id}`,
      waiting: 0,
      nextDueAt: null,
      url: link(id),
    });
  });

  it('is counted for each webhook of a page, and costs by what it counts', async () => {
    const { webhooks } = await api.data(
      tenant.key,
      '{ webhooks(first: 20) { edges { node { id retryWorkflow { waiting nextDueAt } } } } }',
    );
    const counts = Object.fromEntries(
      // biome-ignore lint/suspicious/noExplicitAny: tests read what they asked for.
      webhooks.edges.map(({ node }: any) => [node.id, node.retryWorkflow.waiting]),
    );
    expect(counts).toMatchObject({ [webhook]: 2, [wide]: 2 });
    const pages = Array.from(
      { length: 5 },
      (_, n) => `p${n}: webhooks(first: 100) { edges { node {
      retryWorkflow { waiting nextDueAt } } } }`,
    );
    expect((await api.refusal(tenant.key, `{ ${pages.join(' ')} }`)).code).toBe('LIMIT_EXCEEDED');
  });

  it('is not another tenant’s to know', async () => {
    const [{ id }] = await log(tenant.key, 'id', `, webhookId: "${webhook}"`);
    expect((await api.refusal(other.key, ofDelivery, { id })).code).toBe('NOT_FOUND');
    expect((await api.refusal(other.key, ofWebhook, { id: webhook })).code).toBe('NOT_FOUND');
  });

  it('tells who comes by a portal link of its own project alone, and nothing of where Temporal is', async () => {
    const [{ id }] = await log(portal, 'id', `, webhookId: "${webhook}"`);
    expect((await api.data(portal, ofDelivery, { id })).delivery.retry).toMatchObject({ attempt: 2, url: null });
    expect((await api.data(portal, ofWebhook, { id: webhook })).webhook.retryWorkflow).toMatchObject({
      waiting: 2,
      url: null,
    });
    // Every way from what it may list.
    for (const [list, type] of [
      ['deliveries(first: 5)', 'DeliveryConnection'],
      ['webhooks(first: 5)', 'WebhookConnection'],
    ] as const) {
      let shown = 0;
      for (const selection of selections(schema.getType(type) as GraphQLObjectType)) {
        const { text } = await api.ask(portal, `{ ${list} { ${selection} } }`);
        expect(text.includes(new URL(uiUrl).host) || text.includes(wide), selection).toBe(false);
        if (text.includes(`deliver:${webhook}`)) shown += 1;
      }
      expect(shown).toBeGreaterThan(0);
    }
  });

  it('is kept from who may change a webhook and not read it', async () => {
    const { organizationId } = tenant;
    const manager = await api.key(tenant.key, { organizationId, permissions: ['WEBHOOK_MANAGE', 'DELIVERY_REPLAY'] });
    const changed = await api.data(
      manager,
      'mutation ($id: ID!) { setWebhookActive(input: { id: $id, active: true }) { webhook { retryWorkflow { waiting } } } }',
      { id: webhook },
    );
    expect(changed.setWebhookActive.webhook.retryWorkflow).toBeNull();
    const [{ id }] = await log(tenant.key, 'id', `, webhookId: "${wide}"`);
    const retried = await api.data(
      manager,
      `mutation ($id: ID!) { retryDelivery(input: { id: $id }) { delivery { status ${retry} } } }`,
      { id },
    );
    expect(retried.retryDelivery.delivery).toEqual({ status: 'RETRYING', retry: null });
  });

  describe('can be cancelled by a person', () => {
    const cancel = `mutation ($id: ID!) { cancelDelivery(input: { id: $id }) {
      delivery { id status statusReason cancelledBy nextAttemptAt completedAt retry { attempt } } } }`;
    const several = `mutation ($ids: [ID!]!) { cancelDeliveries(input: { ids: $ids }) {
      deliveries { id status cancelledBy } skippedIds } }`;
    const failed = async (): Promise<string> => {
      const { id } = await api.webhook(tenant, { url: bad.url, retrySchedule: ['PT10M'], eventTypes: ['crane.moved'] });
      await api.data(tenant.key, publish, {
        input: { projectId: tenant.projectId, events: [{ type: 'crane.moved', data: { berth: 9 } }] },
      });
      let row: { id: string; status: string } | undefined;
      await vi.waitUntil(async () => {
        [row] = await log(tenant.key, 'id status', `, webhookId: "${id}"`);
        return row?.status === 'RETRYING';
      }, patience);
      return (row as { id: string }).id;
    };

    it('while Temporal is away: it has ended, says who ended it, and is recovered by nobody', async () => {
      const id = await failed();
      const { delivery } = (await api.data(tenant.key, cancel, { id })).cancelDelivery;
      expect(delivery).toMatchObject({
        ...{ id, status: 'CANCELLED', cancelledBy: 'PERSON', nextAttemptAt: null, retry: null },
        ...{ statusReason: 'It was cancelled by “cancelDelivery”.', completedAt: expect.any(String) },
      });
      const { rows } = await pool.query(
        `SELECT d.webhook_id, m.cancelled, a.principal_kind, a.action
           FROM delivery d JOIN delivery_minute m USING (webhook_id) JOIN audit_event a ON a.target_id = d.id::text
          WHERE d.id = $1`,
        [id],
      );
      expect(rows).toMatchObject([{ cancelled: 1, principal_kind: 'API_KEY', action: 'delivery.cancelled' }]);
      const { recoverable } = await api.data(
        tenant.key,
        'query ($input: RecoverableInput!) { recoverable(input: $input) { cancelled } }',
        { input: { webhookId: rows[0].webhook_id } },
      );
      expect(recoverable.cancelled).toBe(0);
      // What has ended, or is being sent, is refused.
      const { errors } = await api.ask(tenant.key, cancel, { id });
      expect(errors?.[0]).toMatchObject({
        message: 'It is CANCELLED already: there is nothing to cancel.',
        extensions: { code: 'CONFLICT', field: 'input.id' },
      });
      await pool.query(
        `UPDATE delivery SET status = 'SENDING', leased_by = gen_random_uuid(), next_attempt_at = NULL WHERE id = $1`,
        [id],
      );
      const sending = await api.ask(tenant.key, cancel, { id });
      expect(sending.errors?.[0]).toMatchObject({ message: expect.stringContaining('being sent') });
      await pool.query(`UPDATE delivery SET status = 'CANCELLED', leased_by = NULL WHERE id = $1`, [id]);
    });

    it('several at once: those that wait, and the others are named', async () => {
      const ids = [await failed(), await failed()];
      const [done] = await log(tenant.key, 'id', ', statuses: [DELIVERED]');
      const { cancelDeliveries } = await api.data(tenant.key, several, { ids: [ids[0], done.id, ids[1], ids[0]] });
      expect(cancelDeliveries).toEqual({
        deliveries: ids.map((id) => ({ id, status: 'CANCELLED', cancelledBy: 'PERSON' })),
        skippedIds: [done.id],
      });
      const nobody = '0199a0c5-0000-7000-8000-0000000000ff';
      expect(await api.refusal(tenant.key, several, { ids: [done.id, nobody] })).toEqual({
        ...{ code: 'NOT_FOUND', field: 'input.ids[1]' },
      });
      const many = Array.from({ length: 101 }, (_, n) => `0199a0c5-0000-7000-8000-${String(n).padStart(12, '0')}`);
      expect(await api.refusal(tenant.key, several, { ids: many })).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    });

    it('only with DELIVERY_REPLAY, and only of the own tenant', async () => {
      const id = await failed();
      const { organizationId } = tenant;
      const reader = await api.key(tenant.key, { organizationId, permissions: ['WEBHOOK_READ'] });
      expect(await api.refusal(reader, cancel, { id })).toMatchObject({ code: 'FORBIDDEN' });
      expect(await api.refusal(other.key, cancel, { id })).toMatchObject({ code: 'NOT_FOUND' });
      expect(await api.refusal(other.key, several, { ids: [id] })).toMatchObject({ code: 'NOT_FOUND' });
    });
  });
});
