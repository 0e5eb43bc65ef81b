import { describe, expect, it, vi } from 'vitest';
import { cachedRead } from '../../../core/composition/cachedRead.ts';

describe('a read for gauges', () => {
  it('is shown for a hundred times as long as it took, but one that failed only for the usual time', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      let fails = false;
      let reads = 0;
      const read = cachedRead(async () => {
        reads++;
        vi.advanceTimersByTime(2_000);
        if (fails) throw new Error('statement timeout');
      });
      const passed = async (ms: number) => {
        vi.advanceTimersByTime(ms);
        await read().catch(() => {});
        await Promise.resolve();
        return reads;
      };
      expect(await passed(0)).toBe(1);
      expect(await passed(150_000)).toBe(1);
      fails = true;
      expect(await passed(60_000)).toBe(2);
      expect(await passed(5_000)).toBe(2);
      expect(await passed(6_000)).toBe(3);
    } finally {
      vi.useRealTimers();
    }
  });
});
