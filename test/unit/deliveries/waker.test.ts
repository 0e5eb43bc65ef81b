import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Waker } from '../../../server/deliveries/waker.ts';

const log = pino({ level: 'silent' });

describe('waking a webhook’s workflow', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('gathers wakes of one webhook and sends the earliest', async () => {
    const sent: [string, number][] = [];
    const waker = new Waker(async (webhookId, delayMs) => void sent.push([webhookId, delayMs]), log);
    waker.wake('a', Date.now() + 9_000);
    waker.wake('a', Date.now() + 4_050);
    waker.wake('b', Date.now() + 50);
    await vi.advanceTimersByTimeAsync(60);
    expect(sent).toEqual([
      ['a', 4_000],
      ['b', 0],
    ]);
  });

  it('sends nothing to a workflow that is to wake earlier anyway, and something to one that would wake later', async () => {
    const sent: number[] = [];
    const waker = new Waker(async (_, delayMs) => void sent.push(delayMs), log);
    waker.wake('a', Date.now() + 5_050);
    await vi.advanceTimersByTimeAsync(60);
    waker.wake('a', Date.now() + 60_000);
    await vi.advanceTimersByTimeAsync(60);
    expect(sent).toEqual([5_000]);
    waker.wake('a', Date.now() + 1_050);
    await vi.advanceTimersByTimeAsync(60);
    expect(sent).toEqual([5_000, 1_000]);
    await vi.advanceTimersByTimeAsync(10_000);
    waker.wake('a', Date.now() + 60_050);
    await vi.advanceTimersByTimeAsync(60);
    expect(sent).toEqual([5_000, 1_000, 60_000]);
  });

  it('tells a workflow that is woken all the time less and less often, down to once a second, and the last wake too', async () => {
    const sent: number[] = [];
    const waker = new Waker(async () => void sent.push(performance.now()), log);
    for (let i = 0; i < 500; i++) {
      waker.wake('a', Date.now());
      await vi.advanceTimersByTimeAsync(20);
    }
    const gaps = sent.slice(1).map((at, index) => at - (sent[index] as number));
    expect(gaps[0]).toBeLessThanOrEqual(100);
    expect(sent.length).toBeLessThanOrEqual(16);
    const before = sent.length;
    waker.wake('a', Date.now());
    await vi.advanceTimersByTimeAsync(1_100);
    expect(sent.length).toBe(before + 1);
    // After a quiet time it is told at once again.
    await vi.advanceTimersByTimeAsync(5_000);
    const wokenAt = performance.now();
    waker.wake('a', Date.now());
    await vi.advanceTimersByTimeAsync(60);
    expect((sent.at(-1) as number) - wokenAt).toBeLessThanOrEqual(60);
  });

  it('tells a workflow that is known not to have come at once', async () => {
    const sent: number[] = [];
    const waker = new Waker(async () => void sent.push(performance.now()), log);
    for (let i = 0; i < 100; i++) {
      waker.wake('a', Date.now());
      await vi.advanceTimersByTimeAsync(20);
    }
    const before = sent.length;
    waker.wakeAnyway('a', Date.now());
    await vi.advanceTimersByTimeAsync(60);
    expect(sent.length).toBe(before + 1);
  });

  it('keeps wakes while Temporal is away and sends them, with what is left of their delay, when it is back', async () => {
    let away = true;
    const sent: [string, number][] = [];
    const waker = new Waker(async (webhookId, delayMs) => {
      if (away) throw new Error('unavailable');
      sent.push([webhookId, delayMs]);
    }, log);
    waker.wake('a', Date.now() + 60_000);
    await vi.advanceTimersByTimeAsync(30_000);
    waker.wake('b', Date.now());
    away = false;
    await vi.advanceTimersByTimeAsync(6_000);
    expect(sent.map(([webhookId]) => webhookId)).toEqual(['a', 'b']);
    expect(sent[0]?.[1]).toBeLessThanOrEqual(30_000);
    expect(sent[0]?.[1]).toBeGreaterThan(20_000);
  });

  it('complains once while Temporal is away, and tries less and less often', async () => {
    const complaints: string[] = [];
    const complaining = pino({}, { write: (line: string) => void complaints.push(line) });
    let away = false;
    let tries = 0;
    const waker = new Waker(async () => {
      if (!away) return;
      tries++;
      throw new Error('unavailable');
    }, complaining);
    for (let i = 0; i < 500; i++) {
      waker.wake('a', Date.now());
      await vi.advanceTimersByTimeAsync(20);
    }
    away = true;
    waker.wake('a', Date.now());
    await vi.advanceTimersByTimeAsync(30_000);
    expect(complaints).toHaveLength(1);
    expect(tries).toBeLessThanOrEqual(10);
  });

  it('sends what is waiting before it closes', async () => {
    const sent: string[] = [];
    const waker = new Waker(async (webhookId) => void sent.push(webhookId), log);
    waker.wake('a', Date.now() + 60_000);
    const closed = waker.close();
    await vi.advanceTimersByTimeAsync(60);
    await closed;
    expect(sent).toEqual(['a']);
  });
});
