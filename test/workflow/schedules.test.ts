import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { nextAttemptAt } from '../../core/deliveries/nextAttempt.ts';
import { profileOf, profiles } from '../../core/profiles/registry.ts';
import { deliverWorkflowId } from '../../workflows/names.ts';
import { Receiver } from '../support/receiver.ts';
import { delaysOf, SkippedTime } from '../support/skippedTime.ts';
import { slowness } from '../support/slowness.ts';

const MINUTE = 60_000;

describe('the schedule of retries', () => {
  let time: SkippedTime;
  let receiver: Receiver;

  beforeAll(async () => {
    time = await SkippedTime.start('schedules');
  });
  afterEach(() => receiver.close());
  afterAll(() => time.close());

  for (const { name, scheduleMs, jitter } of profiles) {
    it(`of ${name} is kept, delay by delay, until the delivery has failed for good`, async () => {
      receiver = await new Receiver(() => 500).listen();
      // Jitter is shown by deliveries that share a schedule. Of a system that disables after failures, one delivery alone
      // gets to its end: its tries are fewer than what disables, or are what disables (test/workflow/contracts.test.ts).
      const { ids } = await time.runToItsEnd(receiver.url, { profile: name }, jitter > 0 ? 2 : 1);
      const delays = await Promise.all(ids.map(async (id) => delaysOf(await time.attemptsOf(id))));
      for (const each of delays) {
        expect(each).toHaveLength(scheduleMs.length);
        for (const [index, delay] of each.entries()) {
          const wanted = scheduleMs[index] as number;
          expect(delay).toBeGreaterThanOrEqual(Math.floor(wanted * (1 - jitter)) - 2);
          expect(delay).toBeLessThanOrEqual(wanted * (1 + jitter) + 2_000);
        }
      }
      const swings = delays.flatMap((each) =>
        each.map((delay, index) => Math.abs(delay / (scheduleMs[index] as number) - 1)),
      );
      // Some of them are far from their slot; all being near it has a chance of one in 100,000.
      if (jitter > 0) expect(Math.max(...swings)).toBeGreaterThan(jitter / 2);
      for (const id of ids) {
        expect(await time.statusOf(id)).toEqual({
          status: 'FAILED',
          status_reason: 'The receiver answered 500.',
          leased_by: null,
          next_attempt_at: null,
        });
      }
    });
  }

  it('is a webhook’s own where it has one', async () => {
    receiver = await new Receiver(() => 500).listen();
    const { ids } = await time.runToItsEnd(receiver.url, {
      profile: 'ONPLANA',
      scheduleMs: [7 * 24 * 60 * MINUTE, 2_000],
    });
    const delays = delaysOf(await time.attemptsOf(ids[0]));
    expect(delays).toHaveLength(2);
    expect(delays[0]).toBeGreaterThan(6.2 * 24 * 60 * MINUTE);
  });

  it('ends with the first success', async () => {
    receiver = await new Receiver((_, count) => (count < 3 ? 503 : 204)).listen();
    const { ids } = await time.runToItsEnd(receiver.url, { scheduleMs: [MINUTE, MINUTE, MINUTE] });
    const attempts = await time.attemptsOf(ids[0]);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['HTTP_ERROR', 'HTTP_ERROR', 'SUCCEEDED']);
    expect(await time.statusOf(ids[0])).toMatchObject({ status: 'DELIVERED', status_reason: null });
  });

  it('sends byte-identical bodies over all attempts', async () => {
    receiver = await new Receiver(() => 500).listen();
    await time.runToItsEnd(receiver.url, { profile: 'ONPLANA', scheduleMs: [MINUTE, MINUTE] });
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    expect(receiver.received).toHaveLength(3);
  });

  it('waits as long as Retry-After asks, by no more than the slot that follows', async () => {
    const asked = String(90 * 60);
    receiver = await new Receiver((_, count) =>
      count < 3 ? { code: 429, headers: { 'retry-after': asked } } : 200,
    ).listen();
    const { ids } = await time.runToItsEnd(receiver.url, { scheduleMs: [5 * MINUTE, 30 * MINUTE, 120 * MINUTE] });
    const [first, second] = delaysOf(await time.attemptsOf(ids[0])) as [number, number];
    // 90 minutes asked: the first delay of 5 may grow by the next slot of 30, the second of 30 may grow to 90.
    expect(first).toBeGreaterThan(34.9 * MINUTE);
    expect(first).toBeLessThan(36 * MINUTE);
    expect(second).toBeGreaterThan(89.9 * MINUTE);
    expect(second).toBeLessThan(91 * MINUTE);
  });

  it('is kept to the slot by each of 200 deliveries, whatever each is asked to wait', async () => {
    /** What a row says when the request of its next attempt comes. */
    interface Before {
      readonly made: number;
      readonly dueAt: number;
      readonly draw: number | null;
    }
    const before = new Map<string, Before[]>();
    const asked = new Map<string, (number | null)[]>();
    receiver = await new Receiver(async ({ headers }, count) => {
      const { rows } = await time.pool.query(
        'SELECT id, attempt_count AS made, next_attempt_at AS due, retry_draw AS draw FROM delivery WHERE event_id = $1',
        [headers['webhook-id']],
      );
      expect(rows).toHaveLength(1);
      const [{ id, made, due, draw }] = rows;
      before.set(id, [...(before.get(id) ?? []), { made, draw, dueAt: due.getTime() }]);
      const seconds = count % 2 === 0 ? null : 400;
      asked.set(id, [...(asked.get(id) ?? []), seconds && seconds * 1_000]);
      return seconds === null ? 503 : { code: 503, headers: { 'retry-after': String(seconds) } };
    }).listen();
    const scheduleMs = [10_000, MINUTE, 30 * MINUTE];
    const terms = { scheduleMs, jitter: profileOf('STANDARD').jitter };
    const { ids } = await time.runToItsEnd(receiver.url, { scheduleMs }, 200);
    const lateMs = 5_000 * (await slowness());
    for (const id of ids) {
      const attempts = await time.attemptsOf(id);
      const said = before.get(id) as Before[];
      expect(attempts).toHaveLength(4);
      expect(said.map(({ made }) => made)).toEqual([0, 1, 2, 3]);
      for (const [index, { started_at }] of attempts.slice(1).entries()) {
        const last = attempts[index] as (typeof attempts)[0];
        const { made, dueAt, draw } = said[index + 1] as Before;
        const endedAt = last.started_at.getTime() + last.duration_ms;
        const askedMs = asked.get(id)?.[index] ?? null;
        // The row said what follows from the log and the draw: to the slot. The attempt was never early, and as late as a busy machine is.
        expect(dueAt).toBe(nextAttemptAt({ made, endedAt, askedMs, draw: draw as number }, terms));
        expect(started_at.getTime()).toBeGreaterThanOrEqual(dueAt);
        expect(started_at.getTime() - dueAt).toBeLessThan(1_000 + lateMs);
      }
    }
  });

  it('does not wait for Retry-After where the profile only records it', async () => {
    receiver = await new Receiver((_, count) =>
      count < 2 ? { code: 503, headers: { 'retry-after': '3600' } } : 200,
    ).listen();
    const { ids } = await time.runToItsEnd(receiver.url, { profile: 'ONPLANA', scheduleMs: [MINUTE] });
    expect(profileOf('ONPLANA').honoursRetryAfter).toBe(false);
    expect(delaysOf(await time.attemptsOf(ids[0]))[0]).toBeLessThan(2 * MINUTE);
  });

  it('cancels what comes due after the webhook was switched off, and says why', async () => {
    let switchOff = async () => {};
    receiver = await new Receiver(async () => {
      await switchOff();
      return 500;
    }).listen();
    switchOff = async () =>
      void (await time.pool.query('UPDATE webhook SET active = false WHERE url = $1', [receiver.url]));
    const { ids } = await time.runToItsEnd(receiver.url, { scheduleMs: [MINUTE] });
    expect(receiver.received).toHaveLength(1);
    expect(await time.statusOf(ids[0])).toMatchObject({
      status: 'CANCELLED',
      status_reason: 'The webhook is inactive.',
    });
  });

  it('carries a thousand deliveries of one webhook in one small history', async () => {
    receiver = await new Receiver((_, count) => (count <= 1_000 ? 500 : 200)).listen();
    const { webhook, ids } = await time.runToItsEnd(receiver.url, { scheduleMs: [60 * MINUTE] }, 1_000);
    const { rows } = await time.pool.query(
      'SELECT status, count(*)::int FROM delivery WHERE id = ANY ($1) GROUP BY 1',
      [ids],
    );
    expect(rows).toEqual([{ status: 'DELIVERED', count: 1_000 }]);
    const description = await time.environment.client.workflow.getHandle(deliverWorkflowId(webhook.id)).describe();
    // A worker that is short of time takes more tasks for the same; each delivery by itself would take some thousands of events.
    expect(description.historyLength).toBeLessThan(1_000);
  });
});
