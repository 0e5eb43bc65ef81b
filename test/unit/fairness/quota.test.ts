import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Quota, SharedQuota } from '../../../core/fairness/quota.ts';

describe('a quota', () => {
  it('bounds each holder, and frees a place once it is released', () => {
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

describe('a shared quota', () => {
  it('gives one tenant three quarters at most, and always leaves some for the next tenant', () => {
    const places = new SharedQuota(100);
    let taken = 0;
    while (places.take('greedy')) taken += 1;
    expect(taken).toBe(75);
    expect(places.take('other', 10)).toBe(true);
    expect(places.take('greedy')).toBe(false);
    places.release('greedy', 75);
    expect(places.take('greedy')).toBe(true);
  });

  it('never gives more than it has, and is whole again once everything is released', () => {
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
          // A tenant that has none gets one as long as any is free.
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
