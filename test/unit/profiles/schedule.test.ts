import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { profiles } from '../../../server/profiles/registry.ts';
import { delayBefore } from '../../../server/profiles/schedule.ts';

const seconds = (scheduleMs: readonly number[]) => scheduleMs.map((delay) => delay / 1000);

describe('retry schedule', () => {
  const expected: Record<string, { delays: number[]; jitter: number; timeout: number }> = {
    STANDARD: { delays: [5, 300, 1800, 7200, 18_000, 36_000, 36_000], jitter: 0.1, timeout: 15 },
    ONPLANA: { delays: [30, 60, 120, 240, 480, 960, 1920, 3840], jitter: 0.1, timeout: 10 },
    PLANE: { delays: [600, 1200, 2400], jitter: 0, timeout: 30 },
    PLANE_CONNECTION: { delays: [60, 300, 1800, 7200], jitter: 0, timeout: 10 },
    TASKS: { delays: [60, 300, 1800], jitter: 0, timeout: 10 },
    TESTPLANIT: { delays: [60, 300, 1800, 7200], jitter: 0, timeout: 10 },
    SLACK: { delays: [60, 300, 1800, 7200], jitter: 0, timeout: 10 },
  };

  it.each(profiles)('of $name is the one its contract names', ({ name, scheduleMs, jitter, timeoutMs }) => {
    expect({ delays: seconds(scheduleMs), jitter, timeout: timeoutMs / 1000 }).toEqual(expected[name]);
  });

  it('sends the first attempt at once and ends after the last delay', () => {
    const schedule = { scheduleMs: [1000, 5000], jitter: 0 };
    const delays = [1, 2, 3, 4].map((attempt) => delayBefore(attempt, schedule, () => 0.5));
    expect(delays).toEqual([0, 1000, 5000, null]);
  });

  it('keeps the jitter within its bounds, and reaches both', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 604_800_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (delay, random) => {
          const jittered = delayBefore(2, { scheduleMs: [delay], jitter: 0.1 }, () => random) as number;
          expect(jittered).toBeGreaterThanOrEqual(Math.floor(delay * 0.9));
          expect(jittered).toBeLessThanOrEqual(Math.ceil(delay * 1.1));
        },
      ),
    );
    const at = (random: number) => delayBefore(2, { scheduleMs: [10_000], jitter: 0.1 }, () => random);
    expect([at(0), at(0.5), at(1)]).toEqual([9000, 10_000, 11_000]);
  });
});
