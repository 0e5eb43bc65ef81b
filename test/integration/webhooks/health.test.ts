import { createClient } from 'graphql-ws';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { Receiver } from '../../support/receiver.ts';

const changed = `subscription ($webhookId: ID, $after: String) {
  webhookHealthChanged(webhookId: $webhookId, after: $after) { id webhook { id health } from to at reason cursor } }`;
const reEnable = `mutation ($id: ID!) { reEnableWebhook(input: { id: $id }) {
  webhook { health healthReason consecutiveFailures } } }`;
const publish = `mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }`;

interface Change {
  readonly id: string;
  readonly webhook: { id: string; health: string };
  readonly from: string;
  readonly to: string;
  readonly at: string;
  readonly reason: string | null;
  readonly cursor: string;
}

describe('health over the API', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let pool: pg.Pool;
  let receiver: Receiver;
  let answer = 500;
  const closing: (() => unknown)[] = [];

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant('STANDARD');
    pool = new pg.Pool({ connectionString: api.database.url, max: 2 });
    receiver = await new Receiver(() => answer).listen();
    await api.eventType(tenant, 'crane.moved');
  });
  afterEach(async () => {
    answer = 500;
    for (const close of closing.splice(0)) await close();
    await pool.query('UPDATE webhook SET deleted_at = now() WHERE deleted_at IS NULL');
    await pool.query('UPDATE organization SET routing_version = routing_version + 1');
  });
  afterAll(async () => {
    await pool.end();
    await api.close();
    await receiver.close();
  });

  const webhook = async () =>
    (await api.webhook(tenant, { url: receiver.url, eventTypes: ['crane.moved'], retrySchedule: [] })).id;
  const event = () =>
    api.data(tenant.key, publish, {
      input: { projectId: tenant.projectId, events: [{ type: 'crane.moved', data: {} }] },
    });

  /** Changes as a subscriber gets them. Its `cursor` argument makes that nothing from then on is missed. */
  function watch(key: string, variables: object) {
    const client = createClient({
      url: `${api.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${key}` },
      retryAttempts: 0,
    });
    closing.push(() => client.dispose());
    const results = client.iterate<{ webhookHealthChanged: Change }>({ query: changed, variables: { ...variables } });
    return async () => {
      const { value } = await results.next();
      if (value.errors) throw Object.assign(new Error('refused'), { errors: value.errors });
      return value.data.webhookHealthChanged as Change;
    };
  }
  const cursor = async (key = tenant.key) =>
    (await api.data(key, `{ deliveryCursor(projectId: "${tenant.projectId}") }`)).deliveryCursor;

  it('tells each change once, as it happens, with where it came from and why', async () => {
    const id = await webhook();
    const next = watch(tenant.key, { webhookId: id, after: await cursor() });
    for (let n = 0; n < 5; n++) await event();
    const first = await next();
    expect(first).toMatchObject({
      webhook: { id, health: 'DEGRADED' },
      from: 'HEALTHY',
      to: 'DEGRADED',
      reason: '5 attempts in a row failed.',
    });
    expect(Math.abs(Date.now() - Date.parse(first.at))).toBeLessThan(60_000);
    await event();
    answer = 410;
    await event();
    const second = await next();
    expect(second).toMatchObject({ from: 'DEGRADED', to: 'DISABLED', webhook: { id, health: 'DISABLED' } });
    await api.data(tenant.key, reEnable, { id });
    expect(await next()).toMatchObject({ from: 'DISABLED', to: 'HEALTHY', reason: 'It was enabled again.' });
    const { rows } = await pool.query('SELECT "from", "to" FROM health_change WHERE webhook_id = $1', [id]);
    expect(rows).toHaveLength(3);
  });

  it('goes on behind a cursor without missing what happened meanwhile', async () => {
    const id = await webhook();
    const before = await cursor();
    answer = 410;
    await event();
    const next = watch(tenant.key, { webhookId: id, after: before });
    const disabled = await next();
    expect(disabled).toMatchObject({ from: 'HEALTHY', to: 'DISABLED' });
    await api.data(tenant.key, reEnable, { id });
    await next();
    // A cursor lies a little before its change, which may be told a second time, under its id.
    const again = watch(tenant.key, { webhookId: id, after: disabled.cursor });
    const told = [await again()];
    while (told.at(-1)?.to !== 'HEALTHY') told.push(await again());
    expect(told.at(-1)).toMatchObject({ from: 'DISABLED', to: 'HEALTHY' });
  });

  it('is refused to strangers, for unknown cursors, and without the permission to read', async () => {
    const id = await webhook();
    const stranger = await api.tenant();
    const publisher = await api.key(tenant.key, {
      organizationId: tenant.organizationId,
      permissions: ['EVENT_PUBLISH'],
    });
    for (const [key, variables, code] of [
      [stranger.key, { webhookId: id }, 'NOT_FOUND'],
      [publisher, { webhookId: id }, 'FORBIDDEN'],
      [tenant.key, { webhookId: id, after: 'nonsense' }, 'VALIDATION_FAILED'],
    ] as const) {
      const refused = await watch(key, variables)().then(
        () => null,
        (error) => error.errors ?? error,
      );
      expect(refused[0]?.extensions?.code, code).toBe(code);
    }
  });

  it('is set right by enabling a disabled webhook again: its counters are cleared and events reach it', async () => {
    const id = await webhook();
    answer = 410;
    await event();
    const health = async () =>
      (await pool.query('SELECT * FROM webhook_state WHERE webhook_id = $1', [id])).rows[0] ?? {};
    while ((await health()).health !== 'DISABLED') await new Promise((resolve) => setTimeout(resolve, 5));
    const sent = receiver.received.length;
    await event();
    expect(receiver.received).toHaveLength(sent);
    answer = 200;
    const { reEnableWebhook } = await api.data(tenant.key, reEnable, { id });
    expect(reEnableWebhook.webhook).toEqual({ health: 'HEALTHY', healthReason: null, consecutiveFailures: 0 });
    expect(await health()).toMatchObject({ failing_since: null, health: 'HEALTHY' });
    await event();
    await receiver.count(sent + 1);
    const { errors } = await api.ask(tenant.key, reEnable, { id });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'CONFLICT', field: 'input.id' });
    const { rows } = await pool.query(
      `SELECT action FROM audit_event WHERE target_id = $1 AND action = 'webhook.re_enabled'`,
      [id],
    );
    expect(rows).toHaveLength(1);
  });

  it('is told to the organization’s own webhooks as an event of its own type', async () => {
    const id = await webhook();
    const own = await new Receiver().listen();
    closing.push(() => own.close());
    await api.data(
      tenant.key,
      'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }',
      {
        input: {
          organizationId: tenant.organizationId,
          name: 'Operations',
          url: own.url,
          eventTypes: ['everhook.webhook.disabled', 'everhook.webhook.recovered'],
        },
      },
    );
    answer = 410;
    await event();
    await own.count(1);
    await api.data(tenant.key, reEnable, { id });
    await own.count(2);
    expect(own.received.map(({ body }) => JSON.parse(body).type)).toEqual([
      'everhook.webhook.disabled',
      'everhook.webhook.recovered',
    ]);
  });
});
