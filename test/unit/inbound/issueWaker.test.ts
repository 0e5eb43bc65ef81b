import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { IssueWaker } from '../../../core/issues/issueWaker.ts';
import type { OwnedIssue } from '../../../core/issues/provider.ts';

const log = pino({ level: 'silent' });
const issue = (externalId: string, organizationId = 'o'): OwnedIssue => ({
  ...{ organizationId, projectId: `p of ${organizationId}`, provider: 'GITHUB', externalId },
});

describe('the waker of issues', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('signals the first report at once, a burst less and less often, and always once after the last report', async () => {
    const signals: number[] = [];
    const waker = new IssueWaker(async () => void signals.push(Math.round(performance.now())), log);
    const startedAt = performance.now();
    for (let at = 0; at < 10_000; at += 10) {
      waker.wake(issue('1'));
      await vi.advanceTimersByTimeAsync(10);
    }
    const lastReport = performance.now();
    await vi.advanceTimersByTimeAsync(20_000);
    expect((signals[0] as number) - startedAt).toBeLessThan(100);
    expect(signals.length).toBeLessThanOrEqual(5);
    expect(signals.at(-1)).toBeGreaterThanOrEqual(Math.floor(lastReport) - 10);
    await waker.close();
  });

  it('signals every issue of a burst, without waiting for another issue’s interval', async () => {
    const signals: string[] = [];
    const waker = new IssueWaker(async ({ externalId }) => void signals.push(externalId), log);
    for (let index = 0; index < 100; index++) waker.wake(issue(String(index)));
    await vi.advanceTimersByTimeAsync(100);
    expect(new Set(signals).size).toBe(100);
    expect(signals).toHaveLength(100);
    await waker.close();
  });

  it('pauses as long as a signal took, so that a burst over many issues uses at most half the time of two senders', async () => {
    const signals: number[] = [];
    const waker = new IssueWaker(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      signals.push(performance.now());
    }, log);
    for (let index = 0; index < 100; index++) waker.wake(issue(String(index)));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(signals.length).toBeGreaterThanOrEqual(45);
    expect(signals.length).toBeLessThanOrEqual(52);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(signals).toHaveLength(100);
    await waker.close();
  });

  it('takes turns among organizations: one whose issues are many holds up nobody’s, not those that are reported meanwhile either', async () => {
    const signals: string[] = [];
    const waker = new IssueWaker(async ({ organizationId }) => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      signals.push(organizationId);
    }, log);
    for (let index = 0; index < 1_000; index++) waker.wake(issue(String(index), 'hostile'));
    for (const name of ['a', 'b', 'c', 'd']) waker.wake(issue('1', name));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(signals).toEqual(expect.arrayContaining(['a', 'b', 'c', 'd', 'hostile']));
    waker.wake(issue('1', 'late'));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(signals).toContain('late');
    expect(signals.length).toBeLessThan(30);
    const closing = waker.close();
    await vi.advanceTimersByTimeAsync(200_000);
    await closing;
  });

  it('slows down while reports are slow to store, and speeds up again when there are none', async () => {
    let storingMs = 10;
    let signals = 0;
    const waker = new IssueWaker(
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        signals++;
      },
      log,
      () => storingMs,
    );
    for (let index = 0; index < 100; index++) waker.wake(issue(String(index)));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(signals).toBeGreaterThanOrEqual(4);
    expect(signals).toBeLessThanOrEqual(7);
    // However slow the storing is, two signals go in every 500 ms plus their own time.
    storingMs = 10_000;
    await vi.advanceTimersByTimeAsync(1_200);
    expect(signals).toBeGreaterThanOrEqual(8);
    storingMs = 0;
    await vi.advanceTimersByTimeAsync(2_700);
    expect(signals).toBe(100);
    await waker.close();
  });

  it('keeps the signals that Temporal does not accept, and sends them again', async () => {
    let away = true;
    const signals: string[] = [];
    const waker = new IssueWaker(async ({ externalId }) => {
      if (away) throw new Error('away');
      signals.push(externalId);
    }, log);
    waker.wake(issue('1'));
    waker.wake(issue('2'));
    await vi.advanceTimersByTimeAsync(5_000);
    away = false;
    await vi.advanceTimersByTimeAsync(6_000);
    expect(signals.sort()).toEqual(['1', '2']);
    await waker.close();
  });

  it('sends waiting signals when it is closed', async () => {
    const signals: string[] = [];
    const waker = new IssueWaker(async ({ externalId }) => void signals.push(externalId), log);
    waker.wake(issue('1'));
    await vi.advanceTimersByTimeAsync(100);
    waker.wake(issue('1'));
    const closing = waker.close();
    await vi.advanceTimersByTimeAsync(100);
    await closing;
    expect(signals).toEqual(['1', '1']);
  });
});
