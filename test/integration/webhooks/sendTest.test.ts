import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Recorder } from '../../../core/deliveries/recorder.ts';
import { Gate } from '../../../core/fairness/gate.ts';
import { Shares } from '../../../core/fairness/shares.ts';
import { createSender } from '../../../core/sender/sender.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { attemptAll } from '../../support/attemptAll.ts';
import { createDatabase } from '../../support/database.ts';
import { Receiver } from '../../support/receiver.ts';
import { createTenant, createWebhook } from '../../support/tenant.ts';

const publish = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }';
const sendTest = 'mutation ($id: ID!) { sendTestEvent(input: { webhookId: $id }) { notice delivery { id } } }';

describe('Send Test', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let pool: pg.Pool;
  let receiver: Receiver;
  let code = 200;

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant();
    pool = new pg.Pool({ connectionString: api.database.url, max: 2 });
    receiver = await new Receiver(() => code).listen();
    await api.eventType(tenant, 'crane.moved');
  });
  afterAll(async () => {
    await receiver.close();
    await pool.end();
    await api.close();
  });

  async function ended(id: string): Promise<{ status: string; attemptCount: number }> {
    for (;;) {
      const { delivery } = await api.data(
        tenant.key,
        'query ($id: ID!) { delivery(id: $id) { status attemptCount nextAttemptAt } }',
        { id },
      );
      if (delivery.attemptCount > 0) return delivery;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const stateOf = async (id: string) => {
    const { rows } = await pool.query(
      `SELECT health::text, consecutive_failures AS failures, last_success_at AS success, last_failure_at AS failure,
              (SELECT coalesce(sum(delivered + failed + cancelled), 0)::int FROM delivery_minute m WHERE m.webhook_id = s.webhook_id) AS counted
         FROM webhook_state s WHERE webhook_id = $1`,
      [id],
    );
    return rows[0];
  };

  it('reaches a webhook that its failures disabled, says that it still is, and counts nowhere', async () => {
    const { id } = await api.webhook(tenant, { url: `${receiver.url}gone` });
    code = 410;
    await api.data(tenant.key, publish, {
      input: { projectId: tenant.projectId, events: [{ type: 'crane.moved', data: {} }] },
    });
    while ((await stateOf(id)).health !== 'DISABLED') await new Promise((resolve) => setTimeout(resolve, 20));
    const before = await stateOf(id);
    for (const [answer, status] of [
      [500, 'FAILED'],
      [200, 'DELIVERED'],
    ] as const) {
      code = answer;
      const { sendTestEvent } = await api.data(tenant.key, sendTest, { id });
      expect(sendTestEvent.notice).toContain('still disabled');
      expect(sendTestEvent.notice).toContain('reEnableWebhook');
      // Once: nobody tries a test again that a webhook at rest did not take.
      expect(await ended(sendTestEvent.delivery.id)).toMatchObject({ status, attemptCount: 1, nextAttemptAt: null });
      expect(await stateOf(id)).toEqual(before);
    }
    await api.data(tenant.key, 'mutation ($id: ID!) { reEnableWebhook(input: { id: $id }) { webhook { id } } }', {
      id,
    });
    expect((await api.data(tenant.key, sendTest, { id })).sendTestEvent.notice).toBeNull();
    await api.data(tenant.key, 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', { id });
    expect(await api.refusal(tenant.key, sendTest, { id })).toEqual({ code: 'NOT_FOUND', field: 'input.webhookId' });
  });

  it('makes no webhook ill, and none well', async () => {
    const { id } = await api.webhook(tenant, { url: `${receiver.url}well`, profile: 'TESTPLANIT' });
    code = 500;
    for (let n = 0; n < 6; n++) await ended((await api.data(tenant.key, sendTest, { id })).sendTestEvent.delivery.id);
    expect(await stateOf(id)).toMatchObject({ health: 'HEALTHY', failures: 0, failure: null, counted: 0 });
    await pool.query(`UPDATE webhook_state SET health = 'DEGRADED', consecutive_failures = 6 WHERE webhook_id = $1`, [
      id,
    ]);
    code = 200;
    const { sendTestEvent } = await api.data(tenant.key, sendTest, { id });
    expect((await ended(sendTestEvent.delivery.id)).status).toBe('DELIVERED');
    expect(await stateOf(id)).toMatchObject({ health: 'DEGRADED', failures: 6, success: null });
    const { webhook } = await api.data(tenant.key, 'query ($id: ID!) { webhook(id: $id) { lastDispatchedAt } }', {
      id,
    });
    expect(webhook.lastDispatchedAt).not.toBeNull();
  });

  it('names its caller’s own way to what is switched off: REST’s here', async () => {
    const rest = (method: string, path: string, body?: object) =>
      fetch(`${api.url}/v1/webhooks${path}`, {
        method,
        headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json' },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    code = 200;
    const { id } = await api.webhook(tenant, { url: `${receiver.url}off`, profile: 'TASKS' });
    const before = (await (await rest('POST', `/${id}/test`)).json()) as { note?: string };
    expect(before).not.toHaveProperty('note');
    await rest('PATCH', `/${id}`, { active: false });
    const answer = await rest('POST', `/${id}/test`);
    expect(answer.status).toBe(202);
    const { note, id: deliveryId } = (await answer.json()) as { note: string; id: string };
    expect(note).toContain(`/v1/webhooks/${id}/enable`);
    expect(note).not.toContain('setWebhookActive');
    expect((await ended(deliveryId)).status).toBe('DELIVERED');
  });
});

it('a test that waits for a disabled webhook is sent by its workflow, and nothing else that waits', async () => {
  const database = await createDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 4 });
  const tenant = await createTenant(pool);
  const receiver = await new Receiver(() => 500).listen();
  const { id } = await createWebhook(pool, tenant, receiver.url, { profile: 'TESTPLANIT' });
  await pool.query(`UPDATE webhook_state SET health = 'DISABLED', consecutive_failures = 10 WHERE webhook_id = $1`, [
    id,
  ]);
  for (const isTest of [true, false, false]) {
    await pool.query(
      `WITH made AS (
         INSERT INTO event (id, organization_id, project_id, type, data, occurred_at, is_test)
         VALUES (gen_random_uuid(), $1, $2, 'webhook.test', '{}', now(), $4) RETURNING id, organization_id, project_id, type)
       INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status, next_attempt_at, is_test)
       SELECT gen_random_uuid(), organization_id, project_id, $3, id, type, 'PENDING', now(), $4 FROM made`,
      [tenant.organizationId, tenant.projectId, id, isTest],
    );
  }
  const log = pino({ level: 'silent' });
  const notifier = { changed() {}, close: async () => {} };
  const recorder = new Recorder({ pool, notifier, log, onHealthTransition() {} });
  const sender = createSender({ allowHttp: true, allowedPrivateRanges: ['127.0.0.0/8'], userAgent: 'Everhook/test' });
  const parts = {
    pool,
    keys: tenant.keys,
    sender,
    recorder,
    notifier,
    perWebhook: 4,
    gate: new Gate(4),
    places: new Shares(10),
    underWay: new Map(),
  };
  expect(new Set((await attemptAll(parts, id)).outcomes)).toEqual(new Set(['over']));
  const { rows } = await pool.query(
    'SELECT is_test, status::text FROM delivery WHERE webhook_id = $1 ORDER BY is_test DESC',
    [id],
  );
  expect(rows).toEqual([
    { is_test: true, status: 'FAILED' },
    { is_test: false, status: 'CANCELLED' },
    { is_test: false, status: 'CANCELLED' },
  ]);
  expect(receiver.received).toHaveLength(1);
  await sender.close();
  await receiver.close();
  await pool.end();
  await database.drop();
});
