import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairCache } from '../../../core/events/fairCache.ts';

describe('a cache that tenants share', () => {
  it('drops the oldest entry of the tenant that has the most', () => {
    const cache = new FairCache<number>(10);
    cache.set('small', 'a', 1, 2);
    for (let key = 0; key < 100; key++) cache.set('large', `${key}`, key, 2);
    expect(cache.get('small', 'a')).toBe(1);
    expect(cache.get('large', '99')).toBe(99);
    expect(cache.get('large', '90')).toBeUndefined();
  });

  it('keeps longest the entry that was added again last', () => {
    const cache = new FairCache<number>(3);
    for (const key of ['a', 'b', 'c', 'a', 'd']) cache.set('one', key, 1, 1);
    expect(['a', 'b', 'c', 'd'].filter((key) => cache.get('one', key) !== undefined)).toEqual(['a', 'c', 'd']);
  });

  it('keeps so many entries of a tenant, and those of others beside them', () => {
    const cache = new FairCache<number>(100, 2);
    for (const key of ['a', 'b', 'c']) for (const tenant of ['one', 'two']) cache.set(tenant, key, 1, 1);
    const held = (tenant: string) => ['a', 'b', 'c'].filter((key) => cache.get(tenant, key) !== undefined);
    expect([held('one'), held('two')]).toEqual([
      ['b', 'c'],
      ['b', 'c'],
    ]);
  });

  it('never exceeds its size, and a tenant within its share loses nothing', () => {
    const most = 30;
    const large = fc.tuple(fc.constantFrom('a', 'b'), fc.nat(9), fc.integer({ min: 1, max: 40 }));
    const small = fc.tuple(fc.constant('c'), fc.nat(9), fc.constant(1));
    fc.assert(
      fc.property(fc.array(fc.oneof(large, small)), (list) => {
        const cache = new FairCache<number>(most);
        for (const [tenant, key, weight] of list) cache.set(tenant, `${key}`, weight, weight);
        const held = (tenant: string) =>
          Array.from({ length: 10 }, (_, key) => cache.get(tenant, `${key}`) ?? 0).reduce((sum, each) => sum + each, 0);
        expect(held('a') + held('b') + held('c')).toBeLessThanOrEqual(most);
        expect(held('c')).toBe(new Set(list.flatMap(([tenant, key]) => (tenant === 'c' ? [key] : []))).size);
      }),
    );
  });
});
