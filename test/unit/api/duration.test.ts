import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../../core/ground/duration.ts';

describe('a duration', () => {
  it.each([
    ['PT1M', 60_000],
    ['PT0S', 0],
    ['P1DT2H3M4.5S', 93_784_500],
    ['P2W', 1_209_600_000],
    ['PT0,5S', 500],
    ['PT90M', 5_400_000],
  ])('%s is %i ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(['', 'P', 'PT', '1M', 'P1M', 'P1Y', '-PT1S', 'PT-1S', 'PT1', 'pt1s ', 'PT1S1M', 'P1e9D'])(
    '%j is refused',
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );

  it('is written in a form that can be read again', () => {
    fc.assert(
      fc.property(fc.nat(604_800_000 * 3), (milliseconds) => {
        expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
      }),
    );
  });

  it('is written in its usual form', () => {
    expect([0, 1, 1_500, 60_000, 3_600_000, 86_400_000, 93_784_500].map(formatDuration)).toEqual([
      'PT0S',
      'PT0.001S',
      'PT1.5S',
      'PT1M',
      'PT1H',
      'P1D',
      'P1DT2H3M4.5S',
    ]);
  });
});
