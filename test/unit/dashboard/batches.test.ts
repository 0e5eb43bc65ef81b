import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { inBatches } from '../../../dashboard/src/shell/batches.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Adds numbers at an even pace, and keeps what was told, each with its time. */
function running() {
  const told: { readonly at: number; readonly count: number }[] = [];
  const began = Date.now();
  const batches = inBatches<number>((items) => told.push({ at: Date.now() - began, count: items.length }));
  const burst = (perSecond: number, seconds: number) => {
    for (let tick = 0; tick < seconds * 100; tick++) {
      for (let each = 0; each < perSecond / 100; each++) batches.add(each);
      vi.advanceTimersByTime(10);
    }
  };
  return { told, batches, burst };
}

test('what comes alone is told soon', () => {
  const { told, batches } = running();
  batches.add(1);
  vi.advanceTimersByTime(10_000);
  batches.add(2);
  vi.advanceTimersByTime(150);
  expect(told.map(({ count }) => count)).toEqual([1, 1]);
  expect(told[0]?.at).toBeLessThanOrEqual(150);
  expect(told[1]?.at).toBeLessThanOrEqual(10_150);
});

test('a burst is told twice a second, all of it, and what follows a calm is told soon again', () => {
  const { told, batches, burst } = running();
  burst(500, 10);
  vi.advanceTimersByTime(1_000);
  expect(told.reduce((sum, { count }) => sum + count, 0)).toBe(5_000);
  expect(told.length).toBeLessThanOrEqual(22);
  const { length } = told;
  batches.add(2);
  vi.advanceTimersByTime(150);
  expect(told.length).toBe(length + 1);
});

test('nothing is told once it was stopped', () => {
  const { told, batches } = running();
  batches.add(1);
  batches.stop();
  vi.advanceTimersByTime(1_000);
  expect(told).toEqual([]);
});
