import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextAttemptAt } from '../../../server/deliveries/nextAttempt.ts';
import { profiles } from '../../../server/profiles/registry.ts';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const endedAt = fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 });

describe('the time of the next attempt', () => {
  for (const { name, scheduleMs, jitter } of profiles) {
    it(`keeps the slots of ${name} within its jitter, and within a second where it has none`, () => {
      fc.assert(
        fc.property(fc.nat({ max: scheduleMs.length - 1 }), endedAt, random, (slot, ended, chance) => {
          const due = nextAttemptAt(slot + 1, ended, { scheduleMs, jitter, askedMs: null }, () => chance);
          const delay = (due?.getTime() ?? Number.NaN) - ended;
          const wanted = scheduleMs[slot] as number;
          expect(delay).toBeGreaterThanOrEqual(wanted * (1 - jitter));
          expect(delay).toBeLessThanOrEqual(jitter === 0 ? wanted + 1_000 : Math.ceil(wanted * (1 + jitter)));
        }),
      );
    });
  }

  it('is none after the last slot', () => {
    expect(nextAttemptAt(3, 0, { scheduleMs: [1, 2], jitter: 0, askedMs: null }, Math.random)).toBeNull();
    expect(nextAttemptAt(1, 0, { scheduleMs: [], jitter: 0, askedMs: 5 }, Math.random)).toBeNull();
  });

  it('is later where the receiver asks, never earlier, and by no more than the next slot', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 604_800_000 }), { minLength: 1, maxLength: 20 }),
        fc.nat(),
        random,
        endedAt,
        (scheduleMs, askedMs, chance, ended) => {
          const terms = { scheduleMs, jitter: 0.1, askedMs };
          const slot = scheduleMs[0] as number;
          const delay = (nextAttemptAt(1, ended, terms, () => chance) as Date).getTime() - ended;
          expect(delay).toBeGreaterThanOrEqual(slot * 0.9);
          expect(delay).toBeGreaterThanOrEqual(Math.min(askedMs, slot + (scheduleMs[1] ?? slot)));
          expect(delay).toBeLessThanOrEqual(Math.max(slot * 1.1, slot + (scheduleMs[1] ?? slot)) + 1_000);
        },
      ),
    );
  });

  it('brings deliveries that fail together to few different times', () => {
    const dues = Array.from({ length: 1_000 }, () =>
      nextAttemptAt(
        1,
        1_700_000_000_123,
        { scheduleMs: [3_600_000], jitter: 0.1, askedMs: null },
        Math.random,
      )?.getTime(),
    );
    expect(new Set(dues).size).toBeLessThanOrEqual(9);
    expect(new Set(dues).size).toBeGreaterThan(3);
  });
});
