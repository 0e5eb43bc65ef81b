import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Quota, SharedQuota } from '../../../core/fairness/quota.ts';

describe('places', () => {
  it('are bounded for each holder, and free again once given back', () => {
    const places = new Quota(2);
    const [first, second] = [places.acquire('a'), places.acquire('a')];
    expect(places.acquire('a')).toBeNull();
    expect(places.acquire('b')).not.toBeNull();
    first?.();
    first?.();
    expect(places.acquire('a')).not.toBeNull();
    expect(places.acquire('a')).toBeNull();
    second?.();
    expect(places.acquire('a')).not.toBeNull();
  });
});

describe('shared places', () => {
  it('are three quarters one tenant’s at most, and always some are left for whoever comes next', () => {
    const places = new SharedQuota(100);
    let taken = 0;
    while (places.take('greedy')) taken += 1;
    expect(taken).toBe(75);
    expect(places.take('other', 10)).toBe(true);
    expect(places.take('greedy')).toBe(false);
    places.release('greedy', 75);
    expect(places.take('greedy')).toBe(true);
  });

  it('are never more than there are, whoever takes and gives them back, and then all free again', () => {
    const step = fc.record({ tenant: fc.constantFrom('a', 'b', 'c'), takes: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 4, max: 20 }), (steps, most) => {
        const places = new SharedQuota(most);
        const held: { tenant: string; leave: () => void }[] = [];
        for (const { tenant, takes } of steps) {
          if (takes) {
            const leave = places.acquire(tenant);
            if (leave) held.push({ tenant, leave });
          } else {
            const last = held.pop();
            last?.leave();
            last?.leave();
          }
          expect(held.length).toBeLessThanOrEqual(most);
          // Who has none finds one as long as there is any.
          if (held.length < most && !held.some((each) => each.tenant === 'newcomer')) {
            const leave = places.acquire('newcomer');
            expect(leave).not.toBeNull();
            leave?.();
          }
        }
        for (const { leave } of held) leave();
        expect(places.take('alone', Math.floor((most * 3) / 4))).toBe(true);
      }),
    );
  });
});
