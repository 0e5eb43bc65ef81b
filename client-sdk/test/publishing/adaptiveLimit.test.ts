import { describe, expect, it } from 'vitest';
import { AdaptiveLimit, type Permit } from '../../src/publishing/adaptiveLimit.ts';

const acquireAll = (limit: AdaptiveLimit): Permit[] => {
  const permits: Permit[] = [];
  for (let permit = limit.acquire(); permit; permit = limit.acquire()) permits.push(permit);
  return permits;
};

describe('the limit of requests under way', () => {
  it('halves once for all the requests that met the same overload', () => {
    const limit = new AdaptiveLimit(16);
    const permits = acquireAll(limit);
    expect(permits).toHaveLength(8);
    for (const permit of permits) limit.overloaded(permit);
    expect(limit.current).toBe(4);
    expect(limit.acquire()).toBeNull();
    for (const _ of permits) limit.release();
    expect(acquireAll(limit)).toHaveLength(4);
  });

  it('halves again for a request that began after that, and never falls below one', () => {
    const limit = new AdaptiveLimit(16);
    for (let i = 0; i < 10; i++) {
      limit.overloaded(limit.acquire() as Permit);
      limit.release();
    }
    expect(limit.current).toBe(1);
  });

  it('grows by one with every round of successes, up to the most allowed', () => {
    const limit = new AdaptiveLimit(10);
    for (let i = 0; i < 9; i++) limit.succeeded();
    expect(limit.current).toBe(9);
    for (let i = 0; i < 100; i++) limit.succeeded();
    expect(limit.current).toBe(10);
    expect(new AdaptiveLimit(2).current).toBe(2);
  });
});
