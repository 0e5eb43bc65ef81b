import { beforeAll, describe, expect, it } from 'vitest';
import { comparison } from '../../../dashboard/src/overview/comparison.ts';
import { lowerBound } from '../../../dashboard/src/overview/lowerBound.ts';
import { trimmed } from '../../../dashboard/src/overview/trimmed.ts';
import { totalOf } from '../../../dashboard/src/statistics/totalOf.ts';
import overview from '../../../dashboard/src/words/en/overview.ts';
import { speakEnglish } from '../../support/words.ts';

describe('the overview', () => {
  beforeAll(() => speakEnglish({ overview }));

  it('compares with the same time before, in words', () => {
    expect(comparison(112, 100, 'day')).toBe('12% more than the same hours yesterday');
    expect(comparison(1, 4, 'week')).toBe('75% fewer than the 7 days before');
    expect(comparison(1_000, 1_001, 'hour')).toBe('As many as in the same hour yesterday');
    expect(comparison(7, 0, 'month')).toBe('None in the 30 days before');
    expect(comparison(0, 0, 'day')).toBe('None in the same hours yesterday');
  });

  const hours = (totals: readonly number[]) => totals.map((total) => ({ total }));
  const emptyHours = (count: number) => Array<number>(count).fill(0);

  it('leaves out the hours before there was anything, and none after that', () => {
    const busy = [3, 0, 0, 5, ...emptyHours(10)];
    expect(trimmed(hours([...emptyHours(10), ...busy]))).toEqual(hours([0, ...busy]));
    expect(trimmed(hours([1, ...emptyHours(23)]))).toHaveLength(24);
    expect(trimmed(hours(emptyHours(24)))).toHaveLength(24);
  });

  it('keeps a chart wide enough to see when the first thing happened', () => {
    expect(trimmed(hours([...emptyHours(23), 2]))).toEqual(hours([...emptyHours(11), 2]));
  });

  it('says where a sum is a lower bound, and takes a bound of 0 for no number', () => {
    const bucket = { total: 50_001, delivered: 3, failed: 1, isAtLeast: true };
    expect(totalOf([{ total: 0, delivered: 0, failed: 0, isAtLeast: false }, bucket])).toEqual({
      ...bucket,
      successRate: 0.75,
    });
    expect(totalOf([{ ...bucket, isAtLeast: false }]).isAtLeast).toBe(false);
    expect([lowerBound(50_001, true), lowerBound(0, true), lowerBound(0, false)]).toEqual(['50,001+', 'unknown', '0']);
  });
});
