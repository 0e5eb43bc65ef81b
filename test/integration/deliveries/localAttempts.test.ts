import { setTimeout as sleep } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import pg from 'pg';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noFastLane } from '../../../core/deliveries/fastLane.ts';
import type { AttemptSomeInput } from '../../../core/deliveries/ownership.ts';
import { Recorder } from '../../../core/deliveries/recorder.ts';
import { RouteCache } from '../../../core/deliveries/routing.ts';
import { listWaiting } from '../../../core/deliveries/waitingRows.ts';
import { Waker } from '../../../core/deliveries/waker.ts';
import { GroupCommit } from '../../../core/events/groupCommit.ts';
import { Gate } from '../../../core/fairness/gate.ts';
import { Shares } from '../../../core/fairness/shares.ts';
import { createSender } from '../../../core/sender/sender.ts';
import { type AttemptedFindable, createDeliveryActivities } from '../../../workflows/activities/deliveryActivities.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { Receiver } from '../../support/receiver.ts';
import { callEvents, createTenant, createWebhook, type Tenant } from '../../support/tenant.ts';

const log = pino({ level: 'silent' });
const notifier = { changed() {}, close: async () => {} };

describe('the attempts within a workflow’s own task', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let tenant: Tenant;
  let receiver: Receiver;
  let arrivedAt = 0;
  const sender = createSender({ allowHttp: true, allowedPrivateRanges: ['127.0.0.0/8'], userAgent: 'Everhook/test' });

  beforeAll(async () => {
    database = await createDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 8 });
    tenant = await createTenant(pool);
    receiver = await new Receiver(() => {
      arrivedAt = Date.now();
      return 200;
    }).listen();
  });
  afterAll(async () => {
    await receiver.close();
    await sender.close();
    await pool.end();
    await database.drop();
  });

  /** A webhook with one delivery that nobody has attempted. */
  async function waiting(type: string): Promise<{ webhookId: string; deliveryId: string }> {
    const { id: webhookId } = await createWebhook(pool, tenant, receiver.url, { eventTypes: [type] });
    const waker = new Waker(async () => {}, log);
    const routes = new RouteCache(pool, tenant.keys);
    const commits = new GroupCommit({ pool, routes, waker, notifier, log, dispatcher: noFastLane, processId: v7() });
    await commits.store(tenant, callEvents(tenant, type, 1));
    await waker.close();
    const [first] = await listWaiting(pool, { webhookId, from: null, until: null, most: 1 });
    return { webhookId, deliveryId: first?.[0] as string };
  }

  type Input = AttemptSomeInput & { readonly now: number };

  function attemptFew(input: Input, attemptAtMostMs: number): Promise<AttemptedFindable> {
    const { attemptFew: attempt } = createDeliveryActivities({
      ...{ pool, keys: tenant.keys, sender, notifier, perWebhook: 64, gate: new Gate(8), underWay: new Map() },
      recorder: new Recorder({ pool, notifier, log, onHealthTransition() {} }),
      ...{
        places: new Shares(10),
        localPlaces: new Shares(10),
        holder: v7(),
        findable: async () => false,
        attemptAtMostMs,
      },
    });
    return new MockActivityEnvironment().run<[Input], AttemptedFindable, typeof attempt>(attempt, input);
  }

  it('do not begin once the task may be another worker’s, though the delivery was read in time', async () => {
    const { webhookId, deliveryId } = await waiting('crane.moved');
    const input = { webhookId, list: [[deliveryId, 1, 4, 0] as const], atOnce: null, last: false };

    // The answer to the last question before the request comes late, as it does for a process that stood still.
    const client = await pool.connect();
    await client.query('BEGIN; LOCK TABLE delivery IN ACCESS EXCLUSIVE MODE');
    const attempting = attemptFew({ ...input, now: Date.now() }, 1_000);
    await expect
      .poll(
        async () =>
          (await client.query(`SELECT FROM pg_locks WHERE NOT granted AND relation = 'delivery'::regclass`)).rowCount,
        { timeout: 10_000 },
      )
      .toBe(1);
    await sleep(1_100);
    await client.query('COMMIT');
    client.release();
    expect((await attempting).outcomes).toEqual(['kept']);
    expect(receiver.received).toEqual([]);

    const again = await attemptFew({ ...input, now: Date.now() }, 10_000);
    expect(again.outcomes).toEqual(['over']);
    expect(receiver.received).toHaveLength(1);
  });

  it('are cancelled where the webhook is inactive, though this machine’s clock is behind Temporal’s', async () => {
    const { webhookId, deliveryId } = await waiting('ship.moored');
    const before = receiver.received.length;
    const dueAt = Date.now() + 60_000;
    await pool.query('UPDATE delivery SET next_attempt_at = $2 WHERE id = $1', [deliveryId, new Date(dueAt)]);
    await pool.query('UPDATE webhook SET active = false WHERE id = $1', [webhookId]);
    const list = [[deliveryId, 1, 4, dueAt] as const];
    const { outcomes } = await attemptFew({ webhookId, list, atOnce: null, last: false, now: dueAt }, 10_000);
    expect(outcomes).toEqual(['over']);
    const { rows } = await pool.query('SELECT status, cancelled_by FROM delivery WHERE id = $1', [deliveryId]);
    expect(rows).toEqual([{ status: 'CANCELLED', cancelled_by: 'WEBHOOK_INACTIVE' }]);
    expect(receiver.received).toHaveLength(before);
  });

  it('are not cancelled with what is due where they were attempted meanwhile: their webhook may be active before they are', async () => {
    const { webhookId, deliveryId } = await waiting('ship.moored');
    const next = new Date(Date.now() + 3_600_000);
    await pool.query(`UPDATE delivery SET status = 'RETRYING', attempt_count = 1, next_attempt_at = $2 WHERE id = $1`, [
      deliveryId,
      next,
    ]);
    await pool.query('UPDATE webhook SET active = false WHERE id = $1', [webhookId]);
    const list = [[deliveryId, 1, 4, Date.now()] as const];
    const { outcomes } = await attemptFew({ webhookId, list, atOnce: null, last: false, now: Date.now() }, 10_000);
    expect(outcomes).toEqual([{ made: 1, dueAt: next.getTime() }]);
    const { rows } = await pool.query('SELECT status FROM delivery WHERE id = $1', [deliveryId]);
    expect(rows).toEqual([{ status: 'RETRYING' }]);
  });

  it('are cancelled where the event is gone, and nothing is sent', async () => {
    const { webhookId, deliveryId } = await waiting('ship.gone');
    const before = receiver.received.length;
    await pool.query('DELETE FROM event WHERE id = (SELECT event_id FROM delivery WHERE id = $1)', [deliveryId]);
    const list = [[deliveryId, 1, 4, 0] as const];
    const { outcomes } = await attemptFew({ webhookId, list, atOnce: null, last: false, now: Date.now() }, 10_000);
    expect(outcomes).toEqual(['over']);
    const { rows } = await pool.query('SELECT status, status_reason FROM delivery WHERE id = $1', [deliveryId]);
    expect(rows).toEqual([{ status: 'CANCELLED', status_reason: expect.stringContaining('gone') }]);
    expect(receiver.received).toHaveLength(before);
  });

  it('do not begin early where Temporal’s clock is ahead', async () => {
    const { webhookId, deliveryId } = await waiting('berth.freed');
    const before = receiver.received.length;
    const dueAt = Date.now() + 1_500;
    const list = [[deliveryId, 1, 4, dueAt] as const];
    const input = { webhookId, list, atOnce: null, last: false, now: Date.now() + 2_000 };
    const { outcomes } = await attemptFew(input, 20_000);
    expect(outcomes).toEqual(['over']);
    expect(receiver.received).toHaveLength(before + 1);
    expect(arrivedAt).toBeGreaterThanOrEqual(dueAt);
  });
});
