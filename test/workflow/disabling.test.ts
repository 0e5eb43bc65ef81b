import type { TestWorkflowEnvironment } from '@temporalio/testing';
import pg from 'pg';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Dispatch, startDispatch } from '../../core/composition/dispatch.ts';
import { createMetrics } from '../../core/composition/metrics.ts';
import type { SignalWorkflow } from '../../core/deliveries/ownership.ts';
import { createSender } from '../../core/sender/sender.ts';
import { signalDeliver } from '../../workflows/client/signalWorkflow.ts';
import { deliverWorkflowId } from '../../workflows/names.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { Receiver } from '../support/receiver.ts';
import { createTenant, createWebhook, type Tenant } from '../support/tenant.ts';
import { timeSkippingEnvironment } from '../support/timeSkipping.ts';
import { startWorkflowWorker } from '../support/workflowWorker.ts';

const taskQueue = 'disabling';

describe('a webhook that ten failures in a row disable', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let environment: TestWorkflowEnvironment;
  let tenant: Tenant;
  let dispatch: Dispatch;
  let startProcess: () => Promise<Dispatch>;
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 12 });
    tenant = await createTenant(pool, 'TESTPLANIT');
    environment = await timeSkippingEnvironment();
    const { client, nativeConnection: connection } = environment;
    const signal: SignalWorkflow = (webhookId, told) => signalDeliver(client, taskQueue, webhookId, told);
    const { keys } = tenant;
    closing.push(
      await startWorkflowWorker({ connection, namespace: 'default', taskQueue, pool, keys, signal, skipsTime: true }),
    );
    const sender = createSender({ allowHttp: true, allowedPrivateRanges: ['127.0.0.0/8'], userAgent: 'Everhook/test' });
    closing.push(() => sender.close());
    startProcess = async () => {
      const started = await startDispatch({
        pool,
        keys,
        sender,
        signal,
        notifier: { changed() {}, close: async () => {} },
        limits: { perProcess: 256, perWebhook: 64 },
        metrics: createMetrics(),
        settleMs: 0,
        log: pino({ level: 'silent' }),
      });
      closing.push(() => started.close());
      return started;
    };
    dispatch = await startProcess();
  });
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
    await environment.teardown();
    await pool.end();
    await database.drop();
  });

  const publish = (count: number, type = 'test_run.created', by: readonly Dispatch[] = [dispatch]) =>
    Promise.all(
      Array.from({ length: count }, (_, n) => {
        const now = new Date();
        const event = {
          id: v7(),
          organizationId: tenant.organizationId,
          projectId: tenant.projectId,
          type,
          data: `{"id":"run-${n}"}`,
          occurredAt: now,
          createdAt: now,
          labels: [],
        };
        return (by[n % by.length] as Dispatch).commits.store(event, [
          { event, previous: null, idempotencyKey: null, digest: null },
        ]);
      }),
    );

  const statuses = async (webhookId: string) =>
    (
      await pool.query(
        'SELECT status, status_reason, count(*)::int FROM delivery WHERE webhook_id = $1 GROUP BY 1, 2 ORDER BY 1, 2',
        [webhookId],
      )
    ).rows;

  const stateOf = async (webhookId: string) =>
    (
      await pool.query('SELECT health, consecutive_failures, health_reason FROM webhook_state WHERE webhook_id = $1', [
        webhookId,
      ])
    ).rows[0];

  it('is sent ten requests and not one more, however many events wait for it, and what waits is cancelled', async () => {
    const dead = await new Receiver(() => 500).listen();
    closing.push(() => dead.close());
    const own = await new Receiver().listen();
    closing.push(() => own.close());
    const watcher = await createWebhook(pool, tenant, own.url, {
      organizationWide: true,
      eventTypes: ['everhook.webhook.degraded', 'everhook.webhook.disabled', 'everhook.webhook.recovered'],
    });
    const webhook = await createWebhook(pool, tenant, dead.url, {
      profile: 'TESTPLANIT',
      eventTypes: ['test_run.created'],
    });
    await publish(200);
    await own.count(2);
    await environment.client.workflow.getHandle(deliverWorkflowId(webhook.id)).result();
    expect(await stateOf(webhook.id)).toEqual({
      health: 'DISABLED',
      consecutive_failures: 10,
      health_reason: '10 attempts in a row failed.',
    });
    expect(dead.received).toHaveLength(10);
    const reason = 'The webhook is disabled.';
    expect(await statuses(webhook.id)).toEqual([{ status: 'CANCELLED', status_reason: reason, count: 200 }]);
    await publish(5);
    expect(dead.received).toHaveLength(10);
    expect((await statuses(webhook.id))[0].count).toBe(200);

    const told = own.received.map(({ body }) => JSON.parse(body));
    expect(told.map(({ type }) => type)).toEqual(['everhook.webhook.degraded', 'everhook.webhook.disabled']);
    expect(told[1].data).toMatchObject({
      webhook: { id: webhook.id, profile: 'TESTPLANIT', url: dead.url },
      from: 'DEGRADED',
      to: 'DISABLED',
    });
    expect(await statuses(watcher.id)).toEqual([{ status: 'DELIVERED', status_reason: null, count: 2 }]);
  });

  it('delivers all of a burst while it succeeds, and keeps count over failures in between', async () => {
    const shaky = await new Receiver((_, count) => (count % 7 === 0 ? 500 : 200)).listen();
    closing.push(() => shaky.close());
    const webhook = await createWebhook(pool, tenant, shaky.url, {
      profile: 'TESTPLANIT',
      eventTypes: ['case.created'],
    });
    await publish(150, 'case.created');
    while (dispatch.dispatcher.open > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await environment.client.workflow.getHandle(deliverWorkflowId(webhook.id)).result();
    expect(await statuses(webhook.id)).toEqual([{ status: 'DELIVERED', status_reason: null, count: 150 }]);
    expect((await stateOf(webhook.id)).health).toBe('HEALTHY');
  });

  it('is sent ten requests and not one more by three API processes that take events at once', async () => {
    const others = [await startProcess(), await startProcess()];
    // The first learns of them with its next heartbeat.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    // Slow, so that as many as may be are under way together.
    const dead = await new Receiver(async () => {
      await new Promise((resolve) => setTimeout(resolve, 150));
      return 500;
    }).listen();
    closing.push(() => dead.close());
    const webhook = await createWebhook(pool, tenant, dead.url, {
      profile: 'TESTPLANIT',
      eventTypes: ['session.created'],
    });
    await publish(150, 'session.created', [dispatch, ...others]);
    while ((await stateOf(webhook.id)).health !== 'DISABLED') await new Promise((resolve) => setTimeout(resolve, 20));
    await environment.client.workflow.getHandle(deliverWorkflowId(webhook.id)).result();
    expect(dead.received).toHaveLength(10);
    const reason = 'The webhook is disabled.';
    expect(await statuses(webhook.id)).toEqual([{ status: 'CANCELLED', status_reason: reason, count: 150 }]);
  });
});
