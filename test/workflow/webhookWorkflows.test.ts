import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type pg from 'pg';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '../../core/access/principal.ts';
import { DirectDeliveries } from '../../core/deliveries/direct.ts';
import { noFastLane } from '../../core/deliveries/fastLane.ts';
import type { SignalWorkflow } from '../../core/deliveries/ownership.ts';
import { createRetry } from '../../core/deliveries/retry.ts';
import { Waker } from '../../core/deliveries/waker.ts';
import { createErasures } from '../../core/erasures/erasures.ts';
import { createEventTypes } from '../../core/events/eventTypes.ts';
import { SchemaChecks } from '../../core/jsonSchema/schemaChecks.ts';
import { createRecoveries } from '../../core/recoveries/recoveries.ts';
import { type Database, openDatabase } from '../../core/store/database.ts';
import { createRotation } from '../../core/webhooks/rotation.ts';
import { createWebhooks } from '../../core/webhooks/webhooks.ts';
import { signalDeliver } from '../../workflows/client/signalWorkflow.ts';
import {
  deliverWorkflowId,
  eraseWorkflowId,
  recoverWorkflowId,
  retireSecretWorkflowId,
} from '../../workflows/names.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { Receiver } from '../support/receiver.ts';
import { createTenant, createWebhook, type Tenant, type WebhookOptions } from '../support/tenant.ts';
import { timeSkippingEnvironment } from '../support/timeSkipping.ts';
import { startWorkflowWorker } from '../support/workflowWorker.ts';

const taskQueue = 'webhookWorkflows';
const minute = 60_000;
const day = 24 * 60 * minute;
const operator: Principal = { kind: 'OPERATOR', id: 'operator' };

describe('the workflows of a webhook, in skipped time', () => {
  let database: TestDatabase;
  let store: Database;
  let pool: pg.Pool;
  let environment: TestWorkflowEnvironment;
  let tenant: Tenant;
  let stopWorker: () => Promise<void>;
  const closing: (() => unknown)[] = [];
  const notifier = { changed() {}, close: async () => {} };

  const signal: SignalWorkflow = (webhookId, told) => signalDeliver(environment.client, taskQueue, webhookId, told);
  const wake = (webhookId: string) => signal(webhookId, { kind: 'wake', delayMs: 0, andLater: false });
  const startWorker = () =>
    startWorkflowWorker({
      connection: environment.nativeConnection,
      namespace: 'default',
      taskQueue,
      pool,
      keys: tenant.keys,
      signal,
      recoverAtMostMs: 2_000,
      skipsTime: true,
      sticky: false,
    });

  beforeAll(async () => {
    database = await createDatabase();
    store = openDatabase(database.url, { connections: 8, onIdleError: () => {} });
    pool = store.pool;
    tenant = await createTenant(pool);
    environment = await timeSkippingEnvironment();
    stopWorker = await startWorker();
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  afterAll(async () => {
    await stopWorker();
    await environment.teardown();
    await store.close();
    await database.drop();
  });

  async function receiverOf(...parameters: ConstructorParameters<typeof Receiver>): Promise<Receiver> {
    const receiver = await new Receiver(...parameters).listen();
    closing.push(() => receiver.close());
    return receiver;
  }

  async function deliveries(webhookId: string, count: number, status: string, isTest = false): Promise<string[]> {
    const events = Array.from({ length: count }, () => v7());
    const ids = Array.from({ length: count }, () => v7());
    await pool.query(
      `WITH e AS (INSERT INTO event (id, organization_id, project_id, type, data, occurred_at)
                  SELECT id, $2, $3, 'crane.moved', '{"crane":4}', now() FROM unnest($1::uuid[]) AS id)
       INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status, is_test, next_attempt_at)
       SELECT d.id, $2, $3, $4, d.event_id, 'crane.moved', $6::delivery_status, $7, CASE WHEN $6 = 'PENDING' THEN now() END
         FROM unnest($5::uuid[], $1::uuid[]) AS d(id, event_id)`,
      [events, tenant.organizationId, tenant.projectId, webhookId, ids, status, isTest],
    );
    return ids;
  }

  describe('a retiring secret', () => {
    const rotation = () =>
      createRotation(store.prisma, tenant.keys, (secretId, at) => {
        starting = environment.client.workflow.signalWithStart('retireSecret', {
          workflowId: retireSecretWorkflowId(secretId),
          taskQueue,
          args: [secretId],
          signal: 'deadline',
          signalArgs: [Math.max(0, at.getTime() - Date.now())],
        });
        lastSecretId = secretId;
      });
    let starting: Promise<unknown> = Promise.resolve();
    let lastSecretId = '';
    const secretsOf = async (webhookId: string) =>
      (await pool.query('SELECT state FROM webhook_secret WHERE webhook_id = $1 ORDER BY 1', [webhookId])).rows.map(
        ({ state }) => state,
      );
    /** Waits for the secret's workflow. @returns how long it lived, by the server's clock */
    async function ended(): Promise<number> {
      const handle = environment.client.workflow.getHandle(retireSecretWorkflowId(lastSecretId));
      await handle.result();
      const { startTime, closeTime } = await handle.describe();
      return (closeTime as Date).getTime() - startTime.getTime();
    }

    it('is taken away at its deadline, also when the worker was restarted meanwhile', async () => {
      const { id } = await createWebhook(pool, tenant, 'https://example.com/');
      await rotation().rotate(operator, id, null);
      await starting;
      expect(await secretsOf(id)).toEqual(['ACTIVE', 'RETIRING']);
      await environment.sleep('23 hours');
      expect(await secretsOf(id)).toEqual(['ACTIVE', 'RETIRING']);
      await stopWorker();
      stopWorker = await startWorker();
      const took = await ended();
      expect(await secretsOf(id)).toEqual(['ACTIVE']);
      expect(took).toBeGreaterThan(day - 5_000);
      expect(took).toBeLessThan(day + 5 * minute);
    });

    it('lives 24 hours longer once it is extended', async () => {
      const { id } = await createWebhook(pool, tenant, 'https://example.com/');
      await rotation().rotate(operator, id, null);
      await starting;
      await rotation().extend(operator, id);
      await starting;
      await environment.sleep('25 hours');
      expect(await secretsOf(id)).toEqual(['ACTIVE', 'RETIRING']);
      await ended();
      expect(await secretsOf(id)).toEqual(['ACTIVE']);
    });

    it('leaves no workflow behind when it is retired at once', async () => {
      const { id } = await createWebhook(pool, tenant, 'https://example.com/');
      await rotation().rotate(operator, id, null);
      await starting;
      await rotation().retire(operator, id);
      await starting;
      expect(await ended()).toBeLessThan(60 * minute);
    });
  });

  describe('a delivery that waits', () => {
    /** Attempted once, and waiting for the next time. */
    async function waiting(receiver: Receiver, options: WebhookOptions) {
      const webhook = await createWebhook(pool, tenant, receiver.url, options);
      const [id] = (await deliveries(webhook.id, 1, 'PENDING')) as [string];
      await wake(webhook.id);
      for (;;) {
        const { rows } = await pool.query('SELECT status FROM delivery WHERE id = $1', [id]);
        if (rows[0].status === 'RETRYING') return { webhook, id };
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    const toItsEnd = (webhookId: string) =>
      environment.client.workflow.getHandle(deliverWorkflowId(webhookId)).result();

    async function delaysOf(deliveryId: string): Promise<number[]> {
      const { rows } = await pool.query('SELECT started_at FROM attempt WHERE delivery_id = $1 ORDER BY number', [
        deliveryId,
      ]);
      const times = rows.map(({ started_at }) => started_at.getTime());
      return times.slice(1).map((time, index) => Math.round((time - times[index]) / minute));
    }

    const webhooks = () =>
      createWebhooks(
        store.prisma,
        createEventTypes(store.prisma, new SchemaChecks()),
        tenant.keys,
        { allowHttp: true, allowedPrivateRanges: ['127.0.0.0/8'] },
        ({ id }) => void wake(id),
      );

    it('is retried at once when somebody asks, and keeps its place in the schedule', async () => {
      const receiver = await receiverOf(() => 500);
      const { webhook, id } = await waiting(receiver, { profile: 'ONPLANA', scheduleMs: [20 * minute, 40 * minute] });
      const waker = new Waker(signal, pino({ level: 'silent' }));
      const retry = createRetry({ prisma: store.prisma, pool, keys: tenant.keys, waker, notifier });
      await retry(operator, id);
      await receiver.count(2);
      await waker.close();
      await toItsEnd(webhook.id);
      const [first, second, ...more] = await delaysOf(id);
      expect(first).toBe(0);
      expect(second).toBeGreaterThanOrEqual(36);
      expect(second).toBeLessThanOrEqual(44);
      expect(more).toEqual([]);
    });

    it('goes to the new URL with the new headers', async () => {
      const old = await receiverOf(() => 500);
      const { webhook } = await waiting(old, { scheduleMs: [20 * minute] });
      const fresh = await receiverOf();
      const headers = [{ name: 'X-Berth', value: '12' }];
      await webhooks().update(operator, webhook.id, { url: `${fresh.url}berths`, headers });
      await toItsEnd(webhook.id);
      expect(old.received).toHaveLength(1);
      expect(fresh.received).toHaveLength(1);
      expect(fresh.received[0]).toMatchObject({ path: '/berths' });
      expect(fresh.received[0]?.headers['x-berth']).toBe('12');
    });

    it('follows a new schedule from its next attempt on', async () => {
      const receiver = await receiverOf(() => 500);
      const { webhook, id } = await waiting(receiver, {
        profile: 'TASKS',
        scheduleMs: [10 * minute, 600 * minute, 600 * minute, 600 * minute],
      });
      await webhooks().update(operator, webhook.id, { retrySchedule: [minute, 30 * minute, 50 * minute] });
      await toItsEnd(webhook.id);
      expect(await delaysOf(id)).toEqual([10, 30, 50]);
    });

    it('ends, with the reason, where its webhook takes no events of its type any more', async () => {
      const receiver = await receiverOf(() => 500);
      const { webhook, id } = await waiting(receiver, { scheduleMs: [20 * minute] });
      await pool.query(`UPDATE webhook SET event_types = '{ship.moored}' WHERE id = $1`, [webhook.id]);
      const [test] = (await deliveries(webhook.id, 1, 'PENDING', true)) as [string];
      await toItsEnd(webhook.id);
      const { rows } = await pool.query('SELECT status, status_reason, attempt_count FROM delivery WHERE id = $1', [
        id,
      ]);
      expect(rows[0]).toEqual({
        status: 'CANCELLED',
        status_reason: 'The webhook takes no events of this type any more.',
        attempt_count: 1,
      });
      const { rows: tests } = await pool.query('SELECT event_id FROM delivery WHERE id = $1', [test]);
      const isTest = ({ headers }: { headers: NodeJS.Dict<string | string[]> }) =>
        headers['webhook-id'] === tests[0].event_id;
      expect(receiver.received.filter(isTest)).not.toHaveLength(0);
    });

    it('has the new timeout', async () => {
      const receiver = await receiverOf((_, count) => (count === 1 ? 500 : null));
      const { webhook, id } = await waiting(receiver, { scheduleMs: [20 * minute], timeoutMs: 60_000 });
      await webhooks().update(operator, webhook.id, { timeout: 1_000 });
      await toItsEnd(webhook.id);
      const { rows } = await pool.query(
        'SELECT outcome, duration_ms FROM attempt WHERE delivery_id = $1 AND number = 2',
        [id],
      );
      expect(rows[0].outcome).toBe('TIMEOUT');
      expect(rows[0].duration_ms).toBeLessThan(30_000);
    });
  });

  describe('a recovery', () => {
    const recoveries = (start: (id: string) => void = () => {}) =>
      createRecoveries({
        pool,
        prisma: store.prisma,
        notifier,
        start,
        inTurn: (_, work) => work(),
        direct: new DirectDeliveries({
          pool,
          keys: tenant.keys,
          notifier,
          waker: new Waker(signal, pino({ level: 'silent' })),
          dispatcher: noFastLane,
          lease: { id: v7() },
        }),
      });
    const run = (id: string) =>
      environment.client.workflow.start('recover', { workflowId: recoverWorkflowId(id), taskQueue, args: [id] });
    const rowOf = async (id: string) => (await pool.query('SELECT * FROM recovery WHERE id = $1', [id])).rows[0];
    const since = () => new Date(Date.now() - 60 * minute);
    const requested = (webhookId: string, from: Date, key: string | null) => ({
      of: { webhookId, within: null, field: 'input.webhookId' },
      since: from,
      until: null,
      // The tests of this file share their events.
      include: ['FAILED', 'CANCELLED'] as const,
      filter: {},
      key,
    });
    const begin = (webhookId: string, key: string | null = null) =>
      recoveries().begin(operator, requested(webhookId, since(), key));

    it('replays everything that failed or was cancelled, each once, and nothing else', async () => {
      const receiver = await receiverOf();
      const { id: webhookId } = await createWebhook(pool, tenant, receiver.url);
      const lost = [...(await deliveries(webhookId, 60, 'FAILED')), ...(await deliveries(webhookId, 30, 'CANCELLED'))];
      await deliveries(webhookId, 5, 'DELIVERED');
      const [old] = (await deliveries(webhookId, 1, 'FAILED')) as [string];
      await pool.query(`UPDATE delivery SET created_at = now() - interval '2 hours' WHERE id = $1`, [old]);
      const id = await begin(webhookId);
      expect(await rowOf(id)).toMatchObject({ state: 'RUNNING', total: 90, replayed: 0 });
      await expect(begin(webhookId)).rejects.toMatchObject({ code: 'CONFLICT', field: 'input.webhookId' });
      await (await run(id)).result();
      expect(await rowOf(id)).toMatchObject({ state: 'FINISHED', replayed: 90, reason: null });
      await environment.client.workflow.getHandle(deliverWorkflowId(webhookId)).result();
      const { rows } = await pool.query(
        `SELECT replay_of_id, status FROM delivery WHERE webhook_id = $1 AND replay_of_id IS NOT NULL`,
        [webhookId],
      );
      expect(rows.map(({ replay_of_id }) => replay_of_id).sort()).toEqual(lost.sort());
      expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['DELIVERED']));
      expect(receiver.received).toHaveLength(90);
      // What was recovered is not recovered again.
      expect(await rowOf(await begin(webhookId))).toMatchObject({ total: 0 });
    });

    it('goes on where it stopped when its worker was stopped, and sends nothing twice', async () => {
      const receiver = await receiverOf();
      const { id: webhookId } = await createWebhook(pool, tenant, receiver.url);
      await deliveries(webhookId, 150, 'FAILED');
      const id = await begin(webhookId);
      const handle = await run(id);
      await receiver.count(30);
      await stopWorker();
      const between = (await rowOf(id)).replayed;
      expect(between).toBeGreaterThan(0);
      stopWorker = await startWorker();
      await handle.result();
      await environment.client.workflow.getHandle(deliverWorkflowId(webhookId)).result();
      expect(await rowOf(id)).toMatchObject({ state: 'FINISHED', replayed: 150 });
      const { rows } = await pool.query(
        `SELECT count(*)::int AS made, count(DISTINCT replay_of_id)::int AS originals FROM delivery
          WHERE webhook_id = $1 AND replay_of_id IS NOT NULL AND status = 'DELIVERED'`,
        [webhookId],
      );
      expect(rows[0]).toEqual({ made: 150, originals: 150 });
    });

    it('ends when it is cancelled, and can be begun again for the rest', async () => {
      const receiver = await receiverOf();
      const { id: webhookId } = await createWebhook(pool, tenant, receiver.url);
      await deliveries(webhookId, 300, 'FAILED');
      const id = await begin(webhookId);
      const handle = await run(id);
      await receiver.count(20);
      await recoveries().cancel(operator, id);
      await handle.result();
      const cancelled = await rowOf(id);
      expect(cancelled).toMatchObject({ state: 'CANCELLED', reason: 'It was cancelled.' });
      expect(cancelled.replayed).toBeLessThan(300);
      await expect(recoveries().cancel(operator, id)).rejects.toMatchObject({ code: 'CONFLICT' });
      const rest = await begin(webhookId);
      expect((await rowOf(rest)).total).toBe(300 - cancelled.replayed);
      await recoveries().cancel(operator, rest);
      await environment.client.workflow.getHandle(deliverWorkflowId(webhookId)).result();
    });

    it('stops with the webhook, and says why', async () => {
      const receiver = await receiverOf();
      const { id: webhookId } = await createWebhook(pool, tenant, receiver.url);
      await deliveries(webhookId, 3, 'FAILED');
      const id = await begin(webhookId);
      await pool.query('UPDATE webhook SET active = false WHERE id = $1', [webhookId]);
      await (await run(id)).result();
      expect(await rowOf(id)).toMatchObject({ state: 'CANCELLED', reason: 'The webhook is inactive.', replayed: 0 });
      await expect(begin(webhookId)).rejects.toMatchObject({ code: 'CONFLICT' });
    });

    it('is begun once for an idempotency key', async () => {
      const { id: webhookId } = await createWebhook(pool, tenant, 'http://127.0.0.1:9/');
      await deliveries(webhookId, 3, 'FAILED');
      const at = since();
      const click = () => recoveries().begin(operator, requested(webhookId, at, 'click'));
      const ids = await Promise.all([click(), click(), click()]);
      expect(new Set(ids).size).toBe(1);
      await recoveries().cancel(operator, ids[0] as string);
      expect(await click()).toBe(ids[0]);
    });
  });

  it('an erasure’s workflow ends with the content gone, and has nothing of it in its history', async () => {
    const direct = new DirectDeliveries({
      ...{ pool, keys: tenant.keys, notifier, dispatcher: noFastLane, lease: { id: v7() } },
      waker: new Waker(async () => {}, pino({ level: 'silent' })),
    });
    const { organizationId, projectId } = tenant;
    const labels = [{ key: 'customer', value: 'marker-of-a-customer' }];
    const eventId = v7();
    await pool.query(
      `INSERT INTO event (id, organization_id, project_id, type, data, occurred_at, labels)
       VALUES ($1, $2, $3, 'crane.moved', '{"customer":"marker-of-a-customer"}', now(), '{"customer":"marker-of-a-customer"}')`,
      [eventId, organizationId, projectId],
    );
    await pool.query(
      `INSERT INTO event_label (organization_id, key, value, event_type, event_id) VALUES ($1, 'customer', 'marker-of-a-customer', 'crane.moved', $2)`,
      [organizationId, eventId],
    );
    const erasures = createErasures({ direct, keys: tenant.keys, start: () => {} });
    const selection = { kind: 'LABELS', labels } as const;
    const id = await erasures.begin(operator, { scope: { organizationId, projectId }, selection, key: null });
    const handle = await environment.client.workflow.start('erase', {
      ...{ workflowId: eraseWorkflowId(id), taskQueue, args: [id] },
    });
    await handle.result();
    const { rows } = await pool.query(
      'SELECT e.data::text AS data, e.labels, r.state, r.events, r.selector_sealed FROM event e, erasure r WHERE e.id = $1 AND r.id = $2',
      [eventId, id],
    );
    expect(rows[0]).toEqual({ data: 'null', labels: null, state: 'FINISHED', events: 1, selector_sealed: null });
    const history = JSON.stringify(await handle.fetchHistory());
    expect(history).not.toContain('marker-of-a-customer');
    expect(history).not.toContain(Buffer.from('marker-of-a-customer').toString('base64').slice(0, 20));
  });
});
