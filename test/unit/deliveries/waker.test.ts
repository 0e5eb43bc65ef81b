import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DeliverSignal, Failures } from '../../../core/deliveries/ownership.ts';
import type { AttemptResult } from '../../../core/deliveries/task.ts';
import { Waker } from '../../../core/deliveries/waker.ts';

const log = pino({ level: 'silent' });

/** A first attempt that failed just now. */
function failure(webhookId: string, deliveryId: string, dueInMs: number, scheduleMs = [dueInMs]): AttemptResult {
  const webhook = { id: webhookId, organizationId: 'harbour', scheduleMs, profile: { jitter: 0 }, disabledAt: null };
  const now = Date.now();
  return {
    task: { webhook, envelope: { deliveryId }, attempt: 1 },
    retry: { endedAt: now, askedMs: null, draw: 4 },
    nextAttemptAt: new Date(now + dueInMs),
    durationMs: 20,
  } as unknown as AttemptResult;
}

type Sent = [webhookId: string, signal: DeliverSignal];
const delays = (sent: readonly Sent[]) =>
  sent.map(([webhookId, signal]) => [webhookId, signal.kind === 'wake' ? signal.delayMs : signal.kind]);
const failuresIn = (sent: readonly Sent[]): Failures[] =>
  sent.flatMap(([, signal]) => (signal.kind === 'failed' ? [signal.failures] : []));
const idsIn = (sent: readonly Sent[]) => failuresIn(sent).flatMap(({ list }) => list.map(([id]) => id));

describe('the waker of a webhook’s workflow', () => {
  let sent: Sent[];
  let away: boolean;
  let waker: Waker;

  beforeEach(() => {
    vi.useFakeTimers();
    sent = [];
    away = false;
    waker = new Waker(async (webhookId, signal) => {
      if (away) throw new Error('unavailable');
      sent.push([webhookId, signal]);
    }, log);
  });
  afterEach(() => void vi.useRealTimers());

  it('batches the wakes of one webhook and sends the earliest', async () => {
    waker.wake('a', Date.now() + 9_000);
    waker.wake('a', Date.now() + 4_050);
    waker.wake('b', Date.now() + 50);
    await vi.advanceTimersByTimeAsync(60);
    expect(delays(sent)).toEqual([
      ['a', 4_000],
      ['b', 0],
    ]);
  });

  it('sends each failed attempt once, with the terms that its next time follows from, batched by webhook', async () => {
    const endedAt = Date.now();
    waker.failed(failure('a', 'a1', 5_000), 64);
    waker.failed(failure('b', 'b1', 5_000), 64);
    waker.failed(failure('a', 'a2', 60_000), 64);
    waker.failed({ ...failure('a', 'a3', 5_000), retry: null, nextAttemptAt: null }, 64);
    await vi.advanceTimersByTimeAsync(60);
    expect(failuresIn(sent)).toEqual([
      {
        organizationId: 'harbour',
        terms: [
          { scheduleMs: [5_000], jitter: 0 },
          { scheduleMs: [60_000], jitter: 0 },
        ],
        list: [
          ['a1', 1, endedAt, null, 4, 0],
          ['a2', 1, endedAt, null, 4, 1],
        ],
        slow: false,
        atOnce: 64,
      },
      {
        organizationId: 'harbour',
        terms: [{ scheduleMs: [5_000], jitter: 0 }],
        list: [['b1', 1, endedAt, null, 4, 0]],
        slow: false,
        atOnce: 64,
      },
    ]);
  });

  it('sends no more than 200 in one signal, and all of them', async () => {
    for (let n = 0; n < 450; n++) waker.failed(failure('a', `a${n}`, 5_000), 64);
    await vi.advanceTimersByTimeAsync(60);
    expect(failuresIn(sent).map(({ list }) => list.length)).toEqual([200, 200, 50]);
    expect(new Set(idsIn(sent)).size).toBe(450);
  });

  it('signals a constantly busy workflow less and less often, down to once a second, and includes the last wake', async () => {
    const sentAt: number[] = [];
    const often = new Waker(async () => void sentAt.push(performance.now()), log);
    for (let i = 0; i < 500; i++) {
      often.wake('a', Date.now());
      await vi.advanceTimersByTimeAsync(20);
    }
    const gaps = sentAt.slice(1).map((at, index) => at - (sentAt[index] as number));
    expect(gaps[0]).toBeLessThanOrEqual(100);
    expect(sentAt.length).toBeLessThanOrEqual(16);
    const before = sentAt.length;
    often.wake('a', Date.now());
    await vi.advanceTimersByTimeAsync(1_100);
    expect(sentAt.length).toBe(before + 1);
    // After a quiet time it is signalled at once again.
    await vi.advanceTimersByTimeAsync(5_000);
    const wokenAt = performance.now();
    often.wake('a', Date.now());
    await vi.advanceTimersByTimeAsync(60);
    expect((sentAt.at(-1) as number) - wokenAt).toBeLessThanOrEqual(60);
  });

  it('does not hold back a delivery that is due before the next signal', async () => {
    for (let i = 0; i < 100; i++) {
      waker.failed(failure('a', `a${i}`, 60_000), 64);
      await vi.advanceTimersByTimeAsync(20);
    }
    waker.failed(failure('a', 'soon', 200), 64);
    await vi.advanceTimersByTimeAsync(60);
    expect(idsIn(sent)).toContain('soon');
  });

  it('signals at once when the workflow is known to be absent', async () => {
    for (let i = 0; i < 100; i++) {
      waker.wake('a', Date.now());
      await vi.advanceTimersByTimeAsync(20);
    }
    const before = sent.length;
    waker.wakeAnyway('a', Date.now());
    await vi.advanceTimersByTimeAsync(60);
    expect(sent.length).toBe(before + 1);
  });

  it('keeps everything while Temporal is away and sends each once when it is back', async () => {
    away = true;
    waker.wake('a', Date.now() + 60_000);
    waker.failed(failure('a', 'a1', 5_000, [5_000]), 64);
    await vi.advanceTimersByTimeAsync(30_000);
    waker.failed(failure('a', 'a2', 5_000, [5_000]), 64);
    waker.failed(failure('a', 'a3', 7_000, [7_000]), 64);
    waker.wake('b', Date.now());
    away = false;
    await vi.advanceTimersByTimeAsync(6_000);
    const [, wake] = sent.find(([webhookId, signal]) => webhookId === 'a' && signal.kind === 'wake') as Sent;
    expect(wake).toMatchObject({ kind: 'wake', andLater: false });
    expect((wake as { delayMs: number }).delayMs).toBeLessThanOrEqual(30_000);
    expect((wake as { delayMs: number }).delayMs).toBeGreaterThan(20_000);
    expect(sent.map(([webhookId]) => webhookId)).toContain('b');
    expect(idsIn(sent).sort()).toEqual(['a1', 'a2', 'a3']);
    for (const { terms, list } of failuresIn(sent))
      for (const [id, , , , , index] of list) expect(terms[index]?.scheduleMs).toEqual(id === 'a3' ? [7_000] : [5_000]);
  });

  it('while Temporal is away, keeps a bounded number, and sends for the others only that there are more', async () => {
    away = true;
    for (let n = 0; n < 1_500; n++) waker.failed(failure('a', `a${n}`, 60_000 + n), 64);
    await vi.advanceTimersByTimeAsync(1_000);
    away = false;
    await vi.advanceTimersByTimeAsync(6_000);
    expect(idsIn(sent).length).toBeLessThanOrEqual(1_000);
    expect(sent.filter(([, signal]) => signal.kind === 'wake' && signal.andLater)).toHaveLength(1);
  });

  it('makes the workflow read its rows if it cannot attempt a delivery now', async () => {
    const told: DeliverSignal[] = [];
    const refusing = new Waker(async (_, signal) => {
      told.push(signal);
      if (signal.kind === 'retryNow') throw new Error('It does not wait here.');
    }, log);
    await refusing.retryNow('a', 'a1');
    await vi.advanceTimersByTimeAsync(60);
    expect(told).toEqual([
      { kind: 'retryNow', deliveryId: 'a1' },
      { kind: 'wake', delayMs: 0, andLater: false },
    ]);
  });

  it('logs one warning while Temporal is away, and tries less and less often', async () => {
    const complaints: string[] = [];
    const complaining = pino({}, { write: (line: string) => void complaints.push(line) });
    let tries = 0;
    let isAway = false;
    const trying = new Waker(async () => {
      if (!isAway) return;
      tries++;
      throw new Error('unavailable');
    }, complaining);
    for (let i = 0; i < 500; i++) {
      trying.wake('a', Date.now());
      await vi.advanceTimersByTimeAsync(20);
    }
    isAway = true;
    trying.wake('a', Date.now());
    await vi.advanceTimersByTimeAsync(30_000);
    expect(complaints).toHaveLength(1);
    expect(tries).toBeLessThanOrEqual(10);
  });

  it('sends few signals at once, in turns by organization: many webhooks of one hold up no other’s', async () => {
    let underWay = 0;
    let most = 0;
    const begun: string[] = [];
    const slow = new Waker(async (webhookId) => {
      begun.push(webhookId);
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, 100));
      underWay--;
    }, log);
    for (let n = 0; n < 500; n++) slow.wake(`many ${n}`, Date.now(), 'fleet');
    slow.failed(failure('one', 'one1', 5_000), 64);
    await vi.advanceTimersByTimeAsync(60);
    expect(begun.indexOf('one')).toBeOneOf([0, 1]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(new Set(begun).size).toBe(501);
    expect(most).toBeLessThanOrEqual(32);
    await slow.close();
  });

  it('sends what is waiting before it closes', async () => {
    waker.wake('a', Date.now() + 60_000);
    waker.failed(failure('b', 'b1', 60_000), 64);
    const closed = waker.close();
    await vi.advanceTimersByTimeAsync(60);
    await closed;
    expect(sent.map(([webhookId]) => webhookId).sort()).toEqual(['a', 'b']);
  });

  it('closes without waiting for the next try: once more is sent at once what Temporal did not take', async () => {
    away = true;
    waker.wake('a', Date.now());
    // The next try is five seconds away by now.
    await vi.advanceTimersByTimeAsync(20_000);
    away = false;
    await Promise.all([waker.close(), vi.advanceTimersByTimeAsync(1)]);
    expect(delays(sent)).toEqual([['a', 0]]);
  });

  it('closes without another try of its own while a send is under way that fails', async () => {
    let refuse = () => {};
    let sends = 0;
    const slow = new Waker(() => {
      sends++;
      return new Promise((_, reject) => (refuse = () => reject(new Error('unavailable'))));
    }, log);
    slow.wake('a', Date.now());
    await vi.advanceTimersByTimeAsync(60);
    const closed = slow.close();
    refuse();
    await vi.advanceTimersByTimeAsync(1);
    expect(sends).toBe(2);
    refuse();
    await Promise.all([closed, vi.advanceTimersByTimeAsync(1)]);
    expect(sends).toBe(2);
  });
});
