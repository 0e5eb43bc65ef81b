import pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Everhook, verify } from '../../../client-sdk/src/index.ts';
import { disableCauseOf } from '../../../core/webhooks/disableCause.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { Receiver } from '../../support/receiver.ts';

const publish = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }';
const setActive = `mutation ($id: ID!, $active: Boolean!) {
  setWebhookActive(input: { id: $id, active: $active }) { webhook { inactiveSince } } }`;

describe('what goes through webhooks', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let pool: pg.Pool;
  let receiver: Receiver;
  let everhook: Everhook;
  let answer = 200;

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant('STANDARD');
    everhook = new Everhook({ url: api.url, apiKey: tenant.key });
    pool = new pg.Pool({ connectionString: api.database.url, max: 2 });
    receiver = await new Receiver(() => answer).listen();
    await api.eventType(tenant, 'crane.moved');
    await api.eventType(tenant, 'crane.sold');
  });
  afterAll(async () => {
    await receiver.close();
    await pool.end();
    await api.close();
  });

  const webhook = async (input: object = {}) =>
    (await api.webhook(tenant, { url: receiver.url, eventTypes: ['crane.moved'], retrySchedule: ['PT1H'], ...input }))
      .id;
  const events = (count: number, type = 'crane.moved') =>
    api.data(tenant.key, publish, {
      input: {
        projectId: tenant.projectId,
        events: Array.from({ length: count }, (_, n) => ({ type, data: { n } })),
      },
    });
  const one = async (id: string) => (await everhook.webhooks.activity([id]))[0];

  it('is read for many of them by one call, for those alone that may be seen', async () => {
    const [quiet, busy] = [await webhook({ eventTypes: ['crane.sold'] }), await webhook()];
    const other = await api.webhook(await api.tenant('STANDARD'), {});
    await events(3);
    await receiver.count(3);
    answer = 500;
    await events(2);
    await expect.poll(async () => (await one(busy))?.recentDeliveries).toEqual({ attempted: 5, failed: 2 });
    answer = 200;
    const most = [busy, other.id, quiet, ...Array.from({ length: 97 }, () => v7())];
    const found = await everhook.webhooks.activity(most);
    expect(found.map(({ id }) => id)).toEqual([busy, quiet]);
    await expect(everhook.webhooks.activity([...most, v7()])).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    const [first, second] = found;
    expect(first?.lastHours).toHaveLength(24);
    // The hour may just have changed.
    expect(first?.lastHours?.slice(-2).reduce((sum, { delivered }) => sum + delivered, 0)).toBe(3);
    expect(first?.retryWorkflow).toMatchObject({ waiting: 2 });
    expect(Date.parse(first?.retryWorkflow?.nextDueAt ?? '')).toBeGreaterThan(Date.now());
    expect(second).toMatchObject({ recentDeliveries: { attempted: 0, failed: 0 }, missedEvents: null, heldCount: 0 });
  });

  it('counts the last hundred, whatever waits or was a test before them', async () => {
    const id = await webhook({ eventTypes: ['crane.sold'] });
    await pool.query(
      `INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_type, status, is_test, next_attempt_at)
       SELECT ('0192' || lpad(n::text, 4, '0') || '-0000-7000-8000-' || right($3::text, 12))::uuid, $1, $2, $3::uuid, 'crane.sold',
              CASE WHEN n > 300 THEN 'HELD' WHEN n % 20 = 0 THEN 'FAILED' ELSE 'DELIVERED' END::delivery_status,
              n BETWEEN 200 AND 300, NULL
         FROM generate_series(1, 400) AS n`,
      [tenant.organizationId, tenant.projectId, id],
    );
    expect(await one(id)).toMatchObject({ recentDeliveries: { attempted: 100, failed: 5 }, heldCount: 100 });
  });

  it('says what a webhook missed since it was switched off, until a recovery has sent it', async () => {
    const id = await webhook();
    await events(1);
    const before = Date.now();
    const { setWebhookActive } = await api.data(tenant.key, setActive, { id, active: false });
    const since = setWebhookActive.webhook.inactiveSince;
    expect(Date.parse(since)).toBeGreaterThanOrEqual(before);
    // Off already: the time stays.
    const again = await api.data(tenant.key, setActive, { id, active: false });
    expect(again.setWebhookActive.webhook.inactiveSince).toBe(since);
    expect((await one(id))?.missedEvents).toMatchObject({ count: 0, since: null, isAtLeast: false });
    await events(4);
    await events(2, 'crane.sold');
    const missed = (await one(id))?.missedEvents;
    expect(missed).toMatchObject({ count: 4, isAtLeast: false });
    expect(Date.parse(missed?.since ?? '')).toBeGreaterThanOrEqual(Date.parse(since));
    const on = await api.data(tenant.key, setActive, { id, active: true });
    expect(on.setWebhookActive.webhook.inactiveSince).toBeNull();
    await events(1);
    expect((await one(id))?.missedEvents).toMatchObject({ count: 4 });
    await pool.query(`UPDATE webhook SET deactivated_at = deactivated_at - interval '8 days' WHERE id = $1`, [id]);
    expect((await one(id))?.missedEvents).toBeNull();
  });

  it('says what one missed that its receiver disabled, by what, and when its health changed', async () => {
    const id = await webhook();
    answer = 410;
    await events(1);
    await expect.poll(async () => (await everhook.webhooks.get(id)).disabledBy).toBe('RECEIVER');
    answer = 200;
    await events(3);
    expect((await one(id))?.missedEvents).toMatchObject({ count: 3 });
    await everhook.webhooks.reEnable(id);
    const { disabledBy, health } = await everhook.webhooks.get(id);
    expect({ disabledBy, health }).toEqual({ disabledBy: null, health: 'HEALTHY' });
    expect((await one(id))?.missedEvents).toMatchObject({ count: 3 });
    const history = [];
    for await (const { from, to, reason } of everhook.webhooks.healthHistory(id)) history.push({ from, to, reason });
    expect(history).toEqual([
      { from: 'DISABLED', to: 'HEALTHY', reason: 'It was enabled again.' },
      { from: 'HEALTHY', to: 'DISABLED', reason: 'The receiver answered 410: it wants no more deliveries.' },
    ]);
  });

  it.each([
    ['10 attempts in a row failed.', 'FAILED_IN_A_ROW'],
    ['Every attempt failed since 2026-06-27T09:15:23Z.', 'FAILED_FOR_DAYS'],
    ['A delivery failed for good, and none succeeded meanwhile.', 'DELIVERY_GIVEN_UP'],
    ['The receiver answered 410: it wants no more deliveries.', 'RECEIVER'],
    ['The moon was full.', null],
    [null, null],
  ])('knows by the reason %j what disabled a webhook: %s', (reason, cause) => {
    expect(disableCauseOf(reason)).toBe(cause);
  });

  it('looks like the sample, whose signature its own secret proves', async () => {
    await everhook.eventTypes.create({
      projectId: tenant.projectId,
      name: 'crane.parked',
      schema: { type: 'object' },
      example: { berth: 7 },
    });
    const id = await webhook({ headers: [{ name: 'X-Team', value: 'hidden-from-everybody' }] });
    const { request, secret, eventType } = await everhook.webhooks.sampleRequest(id, 'crane.parked');
    expect(eventType).toBe('crane.parked');
    const headers = Object.fromEntries(request.headers?.map(({ name, value }) => [name.toLowerCase(), value]) ?? []);
    expect(headers).toMatchObject({ 'x-team': '[redacted]', 'content-type': 'application/json' });
    const event = await verify.standard({ headers, body: request.body ?? '' }, [secret ?? '']);
    expect(event).toMatchObject({ type: 'crane.parked', data: { berth: 7 } });
    const [real] = await everhook.webhooks.revealSecrets(id);
    await expect(verify.standard({ headers, body: request.body ?? '' }, [real?.secret ?? ''])).rejects.toThrow();
    expect((await everhook.webhooks.sampleRequest(id)).eventType).toBe('webhook.test');
    await expect(everhook.webhooks.sampleRequest(id, 'no.such')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      field: 'eventType',
    });
    const slack = await api.webhook(tenant, { url: 'https://hooks.slack.com/services/T0/B0/credential-of-nobody' });
    const sample = await everhook.webhooks.sampleRequest(slack.id, 'crane.parked');
    expect(sample.secret).toBeNull();
    expect(JSON.stringify(sample)).not.toContain('credential-of-nobody');
  });

  it('is no business of those who may not read it', async () => {
    const id = await webhook();
    const key = await api.key(tenant.key, {
      organizationId: tenant.organizationId,
      permissions: ['WEBHOOK_MANAGE'],
    });
    const { setWebhookActive } = await api.data(
      key,
      `mutation ($id: ID!) { setWebhookActive(input: { id: $id, active: false }) {
        webhook { lastHours { from } recentDeliveries { failed } missedEvents { count } } } }`,
      { id },
    );
    expect(setWebhookActive.webhook).toEqual({ lastHours: null, recentDeliveries: null, missedEvents: null });
    for (const field of ['healthChanges { edges { node { id } } }', 'sampleRequest { secret }']) {
      const query = `mutation ($id: ID!) { setWebhookActive(input: { id: $id, active: true }) { webhook { ${field} } } }`;
      expect(await api.refusal(key, query, { id })).toMatchObject({ code: 'FORBIDDEN' });
    }
  });
});
