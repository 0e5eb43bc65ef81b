import type { TestWorkflowEnvironment } from '@temporalio/testing';
import pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { profileOf, profiles } from '../../server/profiles/registry.ts';
import { deliverWorkflowId } from '../../workflows/names.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { Receiver } from '../support/receiver.ts';
import { createTenant, createWebhook, type Tenant, type WebhookOptions } from '../support/tenant.ts';
import { timeSkippingEnvironment } from '../support/timeSkipping.ts';
import { startWorkflowWorker } from '../support/workflowWorker.ts';

const MINUTE = 60_000;

interface Made {
  readonly started_at: Date;
  readonly duration_ms: number;
  readonly outcome: string;
}

describe('the schedule of retries', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let environment: TestWorkflowEnvironment;
  let tenant: Tenant;
  let stopWorker: () => Promise<void>;
  let receiver: Receiver;

  beforeAll(async () => {
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 6 });
    tenant = await createTenant(pool);
    environment = await timeSkippingEnvironment();
    stopWorker = await startWorkflowWorker({
      connection: environment.nativeConnection,
      namespace: 'default',
      taskQueue: 'schedules',
      pool,
      keys: tenant.keys,
    });
  });
  afterEach(() => receiver.close());
  afterAll(async () => {
    await stopWorker();
    await environment.teardown();
    await pool.end();
    await database.drop();
  });

  /** Stores deliveries that nobody has attempted, and runs their webhook's workflow to its end. */
  async function runToItsEnd(options: WebhookOptions, count = 1) {
    const webhook = await createWebhook(pool, tenant, receiver.url, options);
    const ids = Array.from({ length: count }, () => v7());
    const eventId = v7();
    // The test server's clock runs ahead once time was skipped: what is due now is due by any clock.
    await pool.query(
      `WITH e AS (INSERT INTO event (id, organization_id, project_id, type, data, occurred_at)
                  VALUES ($1, $2, $3, 'task.created', '{"id":"t1","title":"Rig the crane"}', now()))
       INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_id, event_type, status, next_attempt_at)
       SELECT id, $2, $3, $4, $1, 'task.created', 'PENDING', now() FROM unnest($5::uuid[]) AS id`,
      [eventId, tenant.organizationId, tenant.projectId, webhook.id, ids],
    );
    const handle = await environment.client.workflow.signalWithStart('deliver', {
      workflowId: deliverWorkflowId(webhook.id),
      taskQueue: 'schedules',
      args: [webhook.id],
      signal: 'wake',
      signalArgs: [0],
    });
    await handle.result();
    return { webhook, ids };
  }

  async function attemptsOf(deliveryId: string): Promise<Made[]> {
    const { rows } = await pool.query(
      'SELECT started_at, duration_ms, outcome FROM attempt WHERE delivery_id = $1 ORDER BY number',
      [deliveryId],
    );
    return rows;
  }

  const delaysOf = (attempts: readonly Made[]) =>
    attempts.slice(1).map((made, index) => {
      const before = attempts[index] as Made;
      return made.started_at.getTime() - before.started_at.getTime() - before.duration_ms;
    });

  const statusOf = async (deliveryId: string) =>
    (
      await pool.query('SELECT status, status_reason, leased_by, next_attempt_at FROM delivery WHERE id = $1', [
        deliveryId,
      ])
    ).rows[0];

  for (const { name, scheduleMs, jitter } of profiles) {
    it(`of ${name} is kept, delay by delay, until the delivery has failed for good`, async () => {
      receiver = await new Receiver(() => 500).listen();
      // Health would end TESTPLANIT's and others' tries early where it disables: that is another test's subject.
      const { ids } = await runToItsEnd({ profile: name });
      const attempts = await attemptsOf(ids[0] as string);
      expect(attempts).toHaveLength(scheduleMs.length + 1);
      for (const [index, delay] of delaysOf(attempts).entries()) {
        const wanted = scheduleMs[index] as number;
        expect(delay).toBeGreaterThanOrEqual(Math.floor(wanted * (1 - jitter)) - 2);
        expect(delay).toBeLessThanOrEqual(wanted * (1 + jitter) + 2_000);
      }
      expect(await statusOf(ids[0] as string)).toEqual({
        status: 'FAILED',
        status_reason: 'The receiver answered 500.',
        leased_by: null,
        next_attempt_at: null,
      });
    });
  }

  it('is a webhook’s own where it has one', async () => {
    receiver = await new Receiver(() => 500).listen();
    const { ids } = await runToItsEnd({ profile: 'ONPLANA', scheduleMs: [7 * 24 * 60 * MINUTE, 2_000] });
    const delays = delaysOf(await attemptsOf(ids[0] as string));
    expect(delays).toHaveLength(2);
    expect(delays[0]).toBeGreaterThan(6.2 * 24 * 60 * MINUTE);
  });

  it('ends with the first success', async () => {
    receiver = await new Receiver((_, count) => (count < 3 ? 503 : 204)).listen();
    const { ids } = await runToItsEnd({ scheduleMs: [MINUTE, MINUTE, MINUTE] });
    const attempts = await attemptsOf(ids[0] as string);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['HTTP_ERROR', 'HTTP_ERROR', 'SUCCEEDED']);
    expect(await statusOf(ids[0] as string)).toMatchObject({ status: 'DELIVERED', status_reason: null });
  });

  it('sends byte-identical bodies over all attempts', async () => {
    receiver = await new Receiver(() => 500).listen();
    await runToItsEnd({ profile: 'ONPLANA', scheduleMs: [MINUTE, MINUTE] });
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    expect(receiver.received).toHaveLength(3);
  });

  it('waits as long as Retry-After asks, by no more than the slot that follows', async () => {
    const asked = String(90 * 60);
    receiver = await new Receiver((_, count) =>
      count < 3 ? { code: 429, headers: { 'retry-after': asked } } : 200,
    ).listen();
    const { ids } = await runToItsEnd({ scheduleMs: [5 * MINUTE, 30 * MINUTE, 120 * MINUTE] });
    const [first, second] = delaysOf(await attemptsOf(ids[0] as string)) as [number, number];
    // 90 minutes asked: the first delay of 5 may grow by the next slot of 30, the second of 30 may grow to 90.
    expect(first).toBeGreaterThan(34.9 * MINUTE);
    expect(first).toBeLessThan(35.1 * MINUTE);
    expect(second).toBeGreaterThan(89.9 * MINUTE);
    expect(second).toBeLessThan(90.1 * MINUTE);
  });

  it('does not wait for Retry-After where the profile only records it', async () => {
    receiver = await new Receiver((_, count) =>
      count < 2 ? { code: 503, headers: { 'retry-after': '3600' } } : 200,
    ).listen();
    const { ids } = await runToItsEnd({ profile: 'ONPLANA', scheduleMs: [MINUTE] });
    expect(profileOf('ONPLANA').honoursRetryAfter).toBe(false);
    expect(delaysOf(await attemptsOf(ids[0] as string))[0]).toBeLessThan(1.2 * MINUTE);
  });

  it('cancels what comes due after the webhook was switched off, and says why', async () => {
    let switchOff = async () => {};
    receiver = await new Receiver(async () => {
      await switchOff();
      return 500;
    }).listen();
    switchOff = async () => void (await pool.query('UPDATE webhook SET active = false WHERE url = $1', [receiver.url]));
    const { ids } = await runToItsEnd({ scheduleMs: [MINUTE] });
    expect(receiver.received).toHaveLength(1);
    expect(await statusOf(ids[0] as string)).toMatchObject({
      status: 'CANCELLED',
      status_reason: 'The webhook is inactive.',
    });
  });

  it('carries a thousand deliveries of one webhook in one small history', async () => {
    receiver = await new Receiver((_, count) => (count <= 1_000 ? 500 : 200)).listen();
    const { webhook, ids } = await runToItsEnd({ scheduleMs: [60 * MINUTE] }, 1_000);
    const { rows } = await pool.query('SELECT status, count(*)::int FROM delivery WHERE id = ANY ($1) GROUP BY 1', [
      ids,
    ]);
    expect(rows).toEqual([{ status: 'DELIVERED', count: 1_000 }]);
    const description = await environment.client.workflow.getHandle(deliverWorkflowId(webhook.id)).describe();
    expect(description.historyLength).toBeLessThan(300);
  });
});
