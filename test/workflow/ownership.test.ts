import { WorkflowUpdateFailedError } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { nextAttemptAt } from '../../core/deliveries/nextAttempt.ts';
import type { SignalWorkflow } from '../../core/deliveries/ownership.ts';
import { profileOf } from '../../core/profiles/registry.ts';
import { forgottenAfterMs } from '../../core/sweep/deliveries.ts';
import { resumeSome } from '../../core/webhooks/resumeSome.ts';
import { sweepEveryMs } from '../../workflows/client/sweepSchedule.ts';
import {
  cancelUpdate,
  deliveryQuery,
  failedSignal,
  retryNowUpdate,
  setPausedUpdate,
  waitingQuery,
} from '../../workflows/deliver.ts';
import type { Carried } from '../../workflows/owner.ts';
import type { sweep } from '../../workflows/sweep.ts';
import { alone } from '../support/batchLimits.ts';
import { Ownership } from '../support/ownership.ts';
import { Receiver } from '../support/receiver.ts';

const HOUR = 3_600_000;
/** Less than a test may take, so that it says what it waits for. */
const patience = { timeout: 40_000, interval: 50 };

describe('a webhook’s workflow', () => {
  let owned: Ownership;
  let stopWorker: () => Promise<void>;
  let tell: SignalWorkflow;
  const closing: (() => unknown)[] = [];

  beforeAll(async () => {
    owned = await Ownership.start();
    tell = owned.tell;
    stopWorker = await owned.startWorker();
  });
  afterEach(async () => {
    owned.tell = tell;
    for (const close of closing.splice(0)) await close();
  });
  afterAll(async () => {
    await stopWorker();
    await owned.close();
  });

  async function receiverOf(...parameters: ConstructorParameters<typeof Receiver>): Promise<Receiver> {
    const receiver = await new Receiver(...parameters).listen();
    closing.push(() => receiver.close());
    return receiver;
  }

  /** A webhook that waits for the retry of so many deliveries, which its workflow knows. */
  async function waiting(receiver: Receiver, count: number, type: string, scheduleMs: number[]): Promise<string> {
    const { id } = await owned.webhook(receiver.url, { eventTypes: [type], scheduleMs });
    await owned.publish(type, count);
    await expect
      .poll(
        () =>
          owned
            .handle(id)
            .query(waitingQuery, 100)
            .catch(() => []),
        patience,
      )
      .toHaveLength(count);
    return id;
  }

  /** Makes a workflow's history so long that its run ends, and the next goes on: 4 MB of signals that say nothing. */
  async function endRun(webhookId: string): Promise<void> {
    const handle = owned.handle(webhookId);
    const { runId: first } = await handle.describe();
    const nothing = { organizationId: owned.tenant.organizationId, terms: [], list: [], slow: false, atOnce: null };
    const filler = Array.from({ length: 100 }, () => ['x'.repeat(1_000), 1, 0, null, 4, 7] as const);
    for (let n = 0; n < 45; n++) await handle.signal(failedSignal, { ...nothing, list: filler });
    // A task that begins while a slow one ends is not told the length of what came meanwhile: the one after it is.
    const going = async () => {
      const { runId } = await handle.describe();
      if (runId === first) await handle.signal(failedSignal, nothing);
      return runId;
    };
    await expect.poll(going, patience).not.toBe(first);
  }

  /** An hour from its end every workflow that still waits would go on. */
  const end = (webhookId: string) =>
    closing.push(() =>
      owned
        .handle(webhookId)
        .terminate()
        .catch(() => {}),
    );

  it('knows of every delivery what its row shows, after every round, whatever receivers answer', async () => {
    const answers = [500, 503, 429, 200, 500, 500];
    let seed = 7;
    const receiver = await receiverOf(() => {
      seed = (seed * 48_271) % 2_147_483_647;
      const code = answers[seed % answers.length] as number;
      return code === 429 ? { code, headers: { 'retry-after': '2' } } : code;
    });
    const scheduleMs = [500, 700, 1_000, HOUR];
    const { id } = await owned.webhook(receiver.url, { eventTypes: ['agrees'], scheduleMs });
    end(id);
    let compared = 0;
    await owned.publish('agrees', 60);
    for (let isQuiet = false; !isQuiet; ) {
      const before = new Map((await owned.rows(id)).map((row) => [row.id, row]));
      const known = await owned
        .handle(id)
        .query(waitingQuery, 1_000)
        .catch(() => []);
      const rows = await owned.rows(id);
      for (const { id: deliveryId, attempt, dueAt } of known) {
        const row = rows.find((each) => each.id === deliveryId);
        // Of the same attempt, and not just being made.
        if (row?.status !== 'RETRYING' || row.made !== attempt - 1 || before.get(deliveryId)?.made !== row.made)
          continue;
        expect([deliveryId, dueAt]).toEqual([deliveryId, new Date(row.dueAt as number).toISOString()]);
        compared++;
      }
      const open = rows.filter(({ status }) => status !== 'DELIVERED');
      isQuiet = open.length > 0 && open.every(({ made, status }) => status === 'RETRYING' && made === 4);
      if (isQuiet) {
        const shown = open.map((row) => [row.id, row.made + 1, new Date(row.dueAt as number).toISOString()]).sort();
        await expect
          .poll(async () => {
            const list = await owned.handle(id).query(waitingQuery, 1_000);
            return list.map((each) => [each.id, each.attempt, each.dueAt]).sort();
          }, patience)
          .toEqual(shown);
      }
    }
    expect(compared).toBeGreaterThan(60);

    // What a row says follows from the log alone: from when its last attempt ended, and what was drawn for the delay.
    const { rows } = await owned.pool.query(
      `SELECT d.next_attempt_at AS due, d.retry_draw AS draw, a.number, a.started_at AS began, a.duration_ms AS lasted, a.response_code AS code
         FROM delivery d JOIN attempt a ON a.delivery_id = d.id AND a.number = d.attempt_count
        WHERE d.webhook_id = $1 AND d.status = 'RETRYING'`,
      [id],
    );
    for (const { due, draw, number, began, lasted, code } of rows) {
      const askedMs = code === 429 ? 2_000 : null;
      const failed = { made: number, endedAt: began.getTime() + lasted, askedMs, draw };
      expect(due.getTime()).toBe(nextAttemptAt(failed, { scheduleMs, jitter: profileOf('STANDARD').jitter }));
    }
  });

  it('is asked what a delivery waits for, and what waits, the first due first, a page at a time', async () => {
    const receiver = await receiverOf(() => 500);
    const id = await waiting(receiver, 5, 'asked', [HOUR]);
    end(id);
    const handle = owned.handle(id);
    const all = await handle.query(waitingQuery);
    expect(all).toHaveLength(5);
    expect(all.map(({ dueAt }) => dueAt)).toEqual(all.map(({ dueAt }) => dueAt).sort());
    const first = await handle.query(waitingQuery, 2);
    expect([...first, ...(await handle.query(waitingQuery, 3, first[1]?.id))]).toEqual(all);
    const [one] = all as [(typeof all)[0]];
    expect(await handle.query(deliveryQuery, one.id)).toEqual({ attempt: 2, dueAt: one.dueAt });
    expect(one.dueAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
    expect(await handle.query(deliveryQuery, '01a1fde4-1083-7030-bc47-ea600b077cd0')).toBeNull();
    await expect(handle.query(waitingQuery, 0)).rejects.toThrow(/1 to 1000/);
    await expect(handle.query(waitingQuery, 5, 'gone')).rejects.toThrow(/waits no more/);
  });

  it('attempts a delivery now where somebody asks, once, and refuses one that is in the air or unknown', async () => {
    const held: (() => void)[] = [];
    const receiver = await receiverOf(async (_, count) => {
      if (count !== 2) return 500;
      await new Promise<void>((resolve) => held.push(resolve));
      return 500;
    });
    const id = await waiting(receiver, 1, 'now', [HOUR, HOUR, HOUR]);
    end(id);
    const handle = owned.handle(id);
    const [one] = await handle.query(waitingQuery);
    const deliveryId = one?.id as string;
    expect(await handle.executeUpdate(retryNowUpdate, { args: [deliveryId] })).toEqual({ attempt: 2 });
    await receiver.count(2);
    await expect
      .poll(
        () =>
          handle.executeUpdate(retryNowUpdate, { args: [deliveryId] }).then(
            () => '',
            (error) => String(error.cause?.message ?? error.message),
          ),
        patience,
      )
      .toMatch(/being attempted already|does not wait/);
    held[0]?.();
    await expect.poll(async () => (await owned.row(deliveryId)).made, patience).toBe(2);
    const row = await owned.row(deliveryId);
    await expect
      .poll(() => handle.query(deliveryQuery, deliveryId), patience)
      .toEqual({ attempt: 3, dueAt: new Date(row.dueAt as number).toISOString() });
    await expect(handle.executeUpdate(retryNowUpdate, { args: ['unknown'] })).rejects.toThrow(
      WorkflowUpdateFailedError,
    );
    expect(receiver.received).toHaveLength(2);
    // A refused update leaves nothing in the history.
    const { events } = await handle.fetchHistory();
    expect(events?.filter(({ workflowExecutionUpdateAcceptedEventAttributes: accepted }) => accepted)).toHaveLength(1);
  });

  it('ends a delivery for a reason that its row then says, also while it is in the air', async () => {
    const held: (() => void)[] = [];
    const receiver = await receiverOf(async (_, count) => {
      if (count <= 2) return 500;
      await new Promise<void>((resolve) => held.push(resolve));
      return 500;
    });
    const id = await waiting(receiver, 2, 'cancelled', [HOUR, HOUR]);
    const handle = owned.handle(id);
    const [first, second] = (await handle.query(waitingQuery)) as unknown as [{ id: string }, { id: string }];
    await expect(handle.executeUpdate(cancelUpdate, { args: [first.id, ' '] })).rejects.toThrow(
      WorkflowUpdateFailedError,
    );
    expect(await handle.executeUpdate(cancelUpdate, { args: [first.id, 'The crane is gone.'] })).toBe(true);
    expect(await owned.row(first.id)).toMatchObject({ status: 'CANCELLED', reason: 'The crane is gone.', dueAt: null });
    expect(await handle.query(deliveryQuery, first.id)).toBeNull();
    await handle.executeUpdate(retryNowUpdate, { args: [second.id] });
    await receiver.count(3);
    const cancelling = handle.executeUpdate(cancelUpdate, { args: [second.id, 'So is the ship.'] });
    await expect.poll(async () => (await owned.row(second.id)).status, patience).toMatch(/CANCELLED|RETRYING/);
    held[0]?.();
    expect(typeof (await cancelling.catch(() => false))).toBe('boolean');
    if ((await owned.row(second.id)).status === 'RETRYING')
      await handle.executeUpdate(cancelUpdate, { args: [second.id, 'So is the ship.'] });
    await handle.result();
    expect(await owned.row(second.id)).toMatchObject({ status: 'CANCELLED', made: 2 });
    expect(receiver.received).toHaveLength(3);
  });

  it('holds attempts while it is paused, and goes on with what came due meanwhile', async () => {
    const receiver = await receiverOf((_, count) => (count <= 3 ? 500 : 200));
    const id = await waiting(receiver, 3, 'paused', [2_000]);
    const handle = owned.handle(id);
    expect(await handle.executeUpdate(setPausedUpdate, { args: [true] })).toBe(true);
    const [one] = await handle.query(waitingQuery);
    await expect(handle.executeUpdate(setPausedUpdate, { args: ['no' as never] })).rejects.toThrow(
      WorkflowUpdateFailedError,
    );
    await expect(handle.executeUpdate(retryNowUpdate, { args: [one?.id as string] })).rejects.toThrow(
      WorkflowUpdateFailedError,
    );
    // Longer than all of them wait for.
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(receiver.received).toHaveLength(3);
    await handle.executeUpdate(setPausedUpdate, { args: [false] });
    await handle.result();
    expect(receiver.received).toHaveLength(6);
  });

  it('holds what comes due while its webhook’s row says that it is paused, and sends it once that resumes', async () => {
    const receiver = await receiverOf((_, count) => (count <= 3 ? 500 : 200));
    const id = await waiting(receiver, 3, 'held', [2_000]);
    const handle = owned.handle(id);
    const paused = (at: string) => owned.pool.query(`UPDATE webhook SET paused_at = ${at} WHERE id = $1`, [id]);
    await paused('now()');
    // What comes due is held, so that nothing waits.
    await handle.result();
    expect(receiver.received).toHaveLength(3);
    expect((await owned.rows(id)).map(({ status, dueAt }) => [status, dueAt])).toEqual([
      ['HELD', null],
      ['HELD', null],
      ['HELD', null],
    ]);
    const { pool, tenant, dispatch } = owned;
    await owned.pool.query('UPDATE webhook SET resuming_at = now() WHERE id = $1', [id]);
    const parts = { pool, keys: tenant.keys, waker: dispatch.waker, notifier: { changed() {}, close: async () => {} } };
    const limits = alone(60_000);
    expect(await resumeSome({ ...parts, perWebhook: 64 }, id, limits)).toBe(false);
    await handle.result();
    expect(receiver.received).toHaveLength(6);
    expect((await owned.rows(id)).map(({ status, made }) => [status, made])).toEqual([
      ['DELIVERED', 2],
      ['DELIVERED', 2],
      ['DELIVERED', 2],
    ]);
  });

  it('drops what was cancelled in its row as soon as it is told, and ends', async () => {
    const receiver = await receiverOf(() => 500);
    const id = await waiting(receiver, 3, 'cancelled_in_rows', [HOUR]);
    const handle = owned.handle(id);
    const listed = await handle.query(waitingQuery);
    const ids = listed.map((each) => each.id);
    expect(ids).toHaveLength(3);
    await owned.pool.query(
      `UPDATE delivery SET status = 'CANCELLED', cancelled_by = 'PERSON', next_attempt_at = NULL WHERE id = ANY ($1)`,
      [ids],
    );
    // Malformed ids change nothing.
    await handle.signal('cancelled', ['no id', 7, null] as never);
    await handle.signal('cancelled', 'no list' as never);
    expect(await handle.query(waitingQuery)).toHaveLength(3);
    await tell(id, { kind: 'cancelled', deliveryIds: ids });
    await handle.result();
    expect(receiver.received).toHaveLength(3);
    // One that does not run is told in vain.
    await expect(tell(id, { kind: 'cancelled', deliveryIds: ids })).rejects.toThrow();
  });

  it('sends no more at once than a webhook may have, and waits with nothing for one that is slow', async () => {
    const seen = new Set<string>();
    let [underWay, peak] = [0, 0];
    let slow: string | null = null;
    const receiver = await receiverOf(async ({ headers }) => {
      const eventId = String(headers['webhook-id']);
      if (!seen.has(eventId)) {
        seen.add(eventId);
        return 500;
      }
      peak = Math.max(peak, ++underWay);
      slow ??= eventId;
      // Until its request is given up.
      if (slow === eventId) return null;
      await new Promise((resolve) => setTimeout(resolve, 20));
      underWay--;
      return 200;
    });
    const { id } = await owned.webhook(receiver.url, {
      ...{ eventTypes: ['wide'], scheduleMs: [2_000, HOUR], timeoutMs: 60_000 },
    });
    end(id);
    await owned.publish('wide', 600);
    // Those that fail later wait for a list of their own, and not for that of the slow one.
    await receiver.count(700);
    await owned.publish('wide', 50);
    await expect
      .poll(async () => (await owned.rows(id)).filter(({ status }) => status === 'DELIVERED').length, {
        ...patience,
        timeout: 80_000,
      })
      .toBe(649);
    expect(peak).toBeGreaterThan(16);
    expect(peak).toBeLessThanOrEqual(64);
  }, 120_000);

  it('waits with nothing for a slow one of the rows that it began with', async () => {
    let hangs = true;
    const receiver = await receiverOf(() => {
      if (!hangs) return 200;
      hangs = false;
      return null;
    });
    const { id } = await owned.webhook(receiver.url, { scheduleMs: [HOUR], timeoutMs: 60_000 });
    end(id);
    const wake = () => owned.tell(id, { kind: 'wake', delayMs: 0, andLater: true });
    const delivered = async () => (await owned.rows(id)).filter(({ status }) => status === 'DELIVERED').length;
    await owned.waitingRows(id, 20, -1_000);
    await wake();
    await expect.poll(delivered, patience).toBe(19);
    await owned.waitingRows(id, 20, -1_000);
    await wake();
    await expect.poll(delivered, patience).toBe(39);
  });

  it('makes one attempt of a failure that it is told of twice', async () => {
    const receiver = await receiverOf((_, count) => (count <= 4 ? 500 : 200));
    owned.tell = async (webhookId, told) => {
      await tell(webhookId, told);
      await tell(webhookId, told);
    };
    const id = await waiting(receiver, 4, 'doubled', [1_000, 1_000]);
    await owned.handle(id).result();
    expect(receiver.received).toHaveLength(8);
    const handle = owned.handle(id);
    expect((await handle.describe()).status.name).toBe('COMPLETED');
  });

  const runSweep = () =>
    owned.client.workflow.execute<typeof sweep>('sweep', {
      taskQueue: owned.taskQueue,
      workflowId: `sweep ${Math.random()}`,
    });

  it('takes over by the sweep what it was never told of, and what it was told of before it was terminated', async () => {
    const receiver = await receiverOf((_, count) => (count <= 2 ? 500 : 200));
    const lost = await owned.webhook(receiver.url, { eventTypes: ['crane.moved'] });
    const [forgotten] = (await owned.waitingRows(lost.id, 1, -6_000)) as [string];
    const terminated = await waiting(receiver, 2, 'terminated', [HOUR]);
    await owned.handle(terminated).terminate('A test ends it.');
    await owned.pool.query(`UPDATE delivery SET next_attempt_at = now() - interval '6 seconds' WHERE webhook_id = $1`, [
      terminated,
    ]);
    await runSweep();
    await receiver.count(5);
    await owned.handle(lost.id).result();
    await owned.handle(terminated).result();
    expect((await owned.row(forgotten)).status).toBe('DELIVERED');
    expect((await owned.rows(terminated)).map(({ status, made }) => [status, made])).toEqual([
      ['DELIVERED', 2],
      ['DELIVERED', 2],
    ]);
    expect(receiver.received).toHaveLength(5);
  });

  it('is looked for within 15 s after its next delivery is due: a sweep’s interval, and the age that it looks for', () => {
    expect(sweepEveryMs + forgottenAfterMs).toBeLessThanOrEqual(15_000);
  });

  it('carries no more than 5,000 of 30,000 that wait, in a state and a history far below Temporal’s limits', async () => {
    const receiver = await receiverOf();
    const { id } = await owned.webhook(receiver.url, { eventTypes: ['crane.moved'], scheduleMs: [HOUR] });
    end(id);
    const later = await owned.waitingRows(id, 15_000, HOUR);
    const sooner = await owned.waitingRows(id, 15_000, HOUR / 2);
    await tell(id, { kind: 'wake', delayMs: 0, andLater: false });
    const handle = owned.handle(id);
    const first = () => handle.query(waitingQuery, 1_000).catch(() => []);
    await expect.poll(async () => (await first()).length, patience).toBe(1_000);
    const soon = new Set(sooner);
    for (const each of await first()) expect(soon.has(each.id)).toBe(true);
    expect(await handle.query(deliveryQuery, later[0] as string)).toBeNull();
    const { historySize = 0, historyLength } = await handle.describe();
    expect(historySize).toBeLessThan(1_000_000);
    expect(historyLength).toBeLessThan(30);
    // One that it does not carry is attempted where somebody asks, by its row.
    await owned.pool.query('UPDATE delivery SET next_attempt_at = now() WHERE id = $1', [later[7]]);
    await owned.dispatch.waker.retryNow(id, later[7] as string);
    await receiver.count(1);
    await expect.poll(async () => (await owned.row(later[7] as string)).status, patience).toBe('DELIVERED');
    expect(receiver.received).toHaveLength(1);
  });

  it('goes on with what it carries when its run ends for the length of its history', async () => {
    const receiver = await receiverOf((_, count) => (count <= 700 ? 500 : 200));
    const { id } = await owned.webhook(receiver.url, { eventTypes: ['long'], scheduleMs: [HOUR, HOUR] });
    await owned.publish('long', 1);
    const handle = owned.handle(id);
    await expect.poll(() => handle.query(waitingQuery).catch(() => []), patience).toHaveLength(1);
    const [one] = await handle.query(waitingQuery);
    await endRun(id);
    expect(await handle.query(deliveryQuery, one?.id as string)).toEqual({ attempt: 2, dueAt: one?.dueAt });
    end(id);
  });

  it('carries 5,000 into its next run in a quarter of what Temporal allows, and knows from where on the others are', async () => {
    const receiver = await receiverOf();
    const { id } = await owned.webhook(receiver.url, { eventTypes: ['crane.moved'], scheduleMs: [HOUR] });
    end(id);
    const all = new Set(await owned.waitingRows(id, 5_300, HOUR));
    await tell(id, { kind: 'wake', delayMs: 0, andLater: true });
    const handle = owned.handle(id);
    await expect
      .poll(async () => (await handle.query(waitingQuery, 1_000).catch(() => [])).length, patience)
      .toBe(1_000);
    await endRun(id);

    const { events } = await handle.fetchHistory();
    const input = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    const bytes = input.reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
    // From here on it warns; it refuses four times as much.
    expect(bytes).toBeLessThan(512 * 1_024);
    const carried: Carried = JSON.parse(Buffer.from(input[1]?.data as Uint8Array).toString('utf8'));
    expect(carried.waiting).toHaveLength(5_000);
    const [dueAt, from] = carried.beyond as [number, string];
    const { rows } = await owned.pool.query(
      'SELECT id FROM delivery WHERE webhook_id = $1 AND (next_attempt_at, id) >= ($2, $3::uuid)',
      [id, new Date(dueAt), from],
    );
    const kept = new Set([...carried.waiting.map(([deliveryId]) => deliveryId), ...rows.map((row) => row.id)]);
    expect(kept).toEqual(all);
    // The next run has them, to the last.
    for (const entry of [carried.waiting[0], carried.waiting.at(-1)])
      expect(await handle.query(deliveryQuery, entry?.[0] as string)).toMatchObject({ attempt: 2 });
  });
});
