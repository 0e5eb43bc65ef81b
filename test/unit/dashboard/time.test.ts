import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { countdown, distance } from '../../../dashboard/src/time/distance.ts';
import { durationOf, durationText, secondsOf, typedDuration } from '../../../dashboard/src/time/duration.ts';
import { speakEnglish } from '../../support/words.ts';

beforeAll(() => speakEnglish());

describe('durations in the dashboard', () => {
  test('are read as people write them and as the API does', () => {
    expect(['30 s', '5min', '2 hours', '1 h 30 min', 'PT5M', 'p1d'].map(durationOf)).toEqual([
      'PT30S',
      'PT300S',
      'PT7200S',
      'PT5400S',
      'PT5M',
      'P1D',
    ]);
    expect(['500 ms', '30ms', '5 months', '5 minuets', '1 h 5 ms', '2 hs'].map(durationOf)).toEqual(
      Array(6).fill(null),
    );
    expect(['', 'soon', '5', '5 parsecs', '5 min later', '-5 s'].map(durationOf)).toEqual(Array(6).fill(null));
  });

  test('go into a form and out of it again as the same time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 * 86_400 }), (seconds) => {
        const again = durationOf(typedDuration(`PT${seconds}S`));
        expect(secondsOf(again ?? '')).toBe(seconds);
      }),
    );
    expect(durationOf(typedDuration('PT0.5S'))).toBe('PT0.5S');
  });

  test('are taken in the units that are known, and in no others', () => {
    const units = [
      's',
      'sec',
      'second',
      'seconds',
      'm',
      'min',
      'minute',
      'minutes',
      'h',
      'hour',
      'hours',
      'd',
      'day',
      'days',
    ];
    const word = fc.string({ unit: fc.constantFrom(...'abcdefhimnorstuy'), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        fc.nat(999),
        fc.constantFrom('', ' '),
        fc.oneof(word, fc.constantFrom(...units)),
        (count, gap, unit) => {
          expect(durationOf(`${count}${gap}${unit}`) !== null).toBe(units.includes(unit));
        },
      ),
    );
  });

  test('are shown short', () => {
    expect(['PT0.012S', 'PT1M', 'PT5400S', 'P1DT2H3M', 'PT0S'].map(durationText)).toEqual([
      '12 ms',
      '1 min',
      '1 h 30 min',
      '1 d 2 h',
      '0 s',
    ]);
  });

  test('count down to the second, and end', () => {
    const now = Date.parse('2026-06-27T09:15:23Z');
    expect(countdown('2026-06-27T09:19:35Z', now)).toBe('4 min 12 s');
    expect(countdown('2026-06-27T09:15:23Z', now)).toBeNull();
    expect(distance('2026-06-27T07:15:23Z', now)).toBe('2 hours ago');
    expect(distance('2026-06-27T09:20:23Z', now)).toBe('in 5 minutes');
    expect(distance('2026-06-27T07:15:23Z', now, true)).toBe('2h ago');
  });
});
