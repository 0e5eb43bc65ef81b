import { parse, validate, version } from 'uuid';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { idSlackMs, timeOfId } from '../../core/ground/idTime.ts';
import { newId } from '../../core/ground/newId.ts';

const millisecondsOf = (id: string) =>
  [...parse(id).subarray(0, 6)].reduce((milliseconds, byte) => milliseconds * 256 + byte, 0);

describe('ids', () => {
  afterEach(() => vi.restoreAllMocks());

  it('are UUIDv7 of the time they are made, ascend, and never repeat', () => {
    const before = Date.now();
    const ids = Array.from({ length: 50_000 }, newId);
    const after = Date.now();
    expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual([...ids].sort());
    expect(millisecondsOf(ids[0] as string)).toBeGreaterThanOrEqual(before);
    expect(millisecondsOf(ids.at(-1) as string)).toBeLessThanOrEqual(after);
  });

  it('cannot be told from one another: their last 32 bits are random', () => {
    const ends = Array.from({ length: 2_000 }, () => newId().slice(-8));
    expect(new Set(ends).size).toBeGreaterThan(1_990);
    const ones = ends.reduce((sum, end) => sum + Number.parseInt(end, 16).toString(2).replaceAll('0', '').length, 0);
    expect(ones / (2_000 * 32)).toBeCloseTo(0.5, 1);
  });

  it('never name a time far from the clock’s, though it is set back: lists find a time by them', () => {
    const clock = vi.spyOn(Date, 'now');
    const at = (milliseconds: number) => {
      clock.mockReturnValue(milliseconds);
      return newId();
    };
    const now = Date.parse('2090-06-27T09:15:23Z');
    const hour = 3_600_000;
    for (const [first, then] of [
      [now + hour, now],
      [now + hour, now + hour - 2_000],
      [now + hour, now + hour - 2 * idSlackMs],
    ] as const) {
      const [before, after] = [at(first), at(then)];
      expect(Math.abs(timeOfId(after) - then)).toBeLessThan(idSlackMs / 10);
      // A clock that is corrected by little changes no order.
      if (first - then < 5_000) expect(after > before).toBe(true);
    }
  });
});
