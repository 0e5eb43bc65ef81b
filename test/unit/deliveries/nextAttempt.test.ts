import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawOf, maxDraw, nextAttemptAt } from '../../../core/deliveries/nextAttempt.ts';
import { profiles } from '../../../core/profiles/registry.ts';

const draw = fc.nat({ max: maxDraw });
const endedAt = fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 });
const schedule = fc.array(fc.integer({ min: 0, max: 604_800_000 }), { minLength: 1, maxLength: 20 });
const jitter = fc.constantFrom(0, 0.1, 0.5);

describe('the time of the next attempt', () => {
  for (const { name, scheduleMs, jitter } of profiles) {
    it(`keeps the delays of ${name} within its jitter and one slot: half a second, or a second where it has no jitter`, () => {
      fc.assert(
        fc.property(fc.nat({ max: scheduleMs.length - 1 }), endedAt, draw, (index, ended, drawn) => {
          const due = nextAttemptAt(
            { made: index + 1, endedAt: ended, askedMs: null, draw: drawn },
            { scheduleMs, jitter },
          );
          const delay = (due ?? Number.NaN) - ended;
          const wanted = scheduleMs[index] as number;
          const slot = wanted >= 30_000 ? 0 : 500;
          expect(delay).toBeGreaterThanOrEqual(wanted * (1 - jitter));
          expect(delay).toBeLessThanOrEqual(jitter === 0 ? wanted + 1_000 : Math.ceil(wanted * (1 + jitter)) + slot);
        }),
      );
    });
  }

  it('lies on half seconds below 30 s and on whole seconds above, never early, at most one slot late', () => {
    fc.assert(
      fc.property(schedule, jitter, draw, endedAt, (scheduleMs, part, drawn, ended) => {
        const failed = { made: 1, endedAt: ended, askedMs: null, draw: drawn };
        const due = nextAttemptAt(failed, { scheduleMs, jitter: part }) as number;
        const [wanted] = scheduleMs as [number];
        const exact = ended + wanted * (1 + part * ((2 * drawn) / maxDraw - 1));
        const slot = exact - ended < 30_000 ? 500 : 1_000;
        expect(due % 500).toBe(0);
        if (due - ended > 31_000) expect(due % 1_000).toBe(0);
        // The longest of long delays are a slot shorter, so that they stay within the jitter.
        const room = wanted >= 30_000 && part > 0 ? slot : 0;
        expect(due).toBeGreaterThanOrEqual(exact - room);
        expect(due).toBeLessThan(exact + 1_000);
        expect(due).toBeGreaterThanOrEqual(ended + wanted * (1 - part));
        if (wanted < 29_000 && part === 0) expect(due).toBeLessThan(exact + slot);
      }),
    );
  });

  it('is null after the last delay', () => {
    const failed = { endedAt: 0, askedMs: null, draw: 4 };
    expect(nextAttemptAt({ ...failed, made: 3 }, { scheduleMs: [1, 2], jitter: 0 })).toBeNull();
    expect(nextAttemptAt({ ...failed, made: 1, askedMs: 5 }, { scheduleMs: [], jitter: 0 })).toBeNull();
  });

  it('is later if the receiver asks for it, by no more than the next delay, and never earlier', () => {
    fc.assert(
      fc.property(schedule, fc.nat(), draw, endedAt, (scheduleMs, askedMs, drawn, ended) => {
        const failed = { made: 1, endedAt: ended, askedMs, draw: drawn };
        const wanted = scheduleMs[0] as number;
        const delay = (nextAttemptAt(failed, { scheduleMs, jitter: 0.1 }) as number) - ended;
        expect(delay).toBeGreaterThanOrEqual(wanted * 0.9);
        expect(delay).toBeGreaterThanOrEqual(Math.min(askedMs, wanted + (scheduleMs[1] ?? wanted)));
        expect(delay).toBeLessThanOrEqual(Math.max(wanted * 1.1, wanted + (scheduleMs[1] ?? wanted)) + 1_000);
      }),
    );
  });

  it('gives deliveries that fail together only a few different times', () => {
    const dues = Array.from({ length: 1_000 }, () =>
      nextAttemptAt(
        { made: 1, endedAt: 1_700_000_000_123, askedMs: null, draw: drawOf(Math.random()) },
        { scheduleMs: [3_600_000], jitter: 0.1 },
      ),
    );
    expect(new Set(dues).size).toBeLessThanOrEqual(9);
    expect(new Set(dues).size).toBeGreaterThan(3);
  });
});
