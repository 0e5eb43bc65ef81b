import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { JoinedReads } from '../../../core/fairness/joinedReads.ts';

describe('joined reads', () => {
  it('give each who asks what was read after it asked, one at a time for each key, also after one that failed', async () => {
    const asked = fc.array(
      fc.record({ key: fc.constantFrom('a', 'b'), before: fc.nat(4), ticks: fc.nat(5), fails: fc.boolean() }),
      { minLength: 1, maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(asked, async (all) => {
        const reads = new JoinedReads<number>();
        const running = new Set<string>();
        let time = 0;
        const results: Promise<void>[] = [];
        for (const { key, before, ticks, fails } of all) {
          for (let tick = 0; tick < before; tick++) await Promise.resolve();
          const askedAt = ++time;
          const read = async () => {
            expect(running).not.toContain(key);
            running.add(key);
            const began = ++time;
            for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
            running.delete(key);
            if (fails) throw new Error(`${began}`);
            return began;
          };
          const began = reads.get(key, read).catch((error: Error) => Number(error.message));
          results.push(began.then((at) => expect(at).toBeGreaterThan(askedAt)));
        }
        await Promise.all(results);
      }),
    );
  });

  it('do not wait for one that hangs', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const reads = new JoinedReads<number>();
      void reads.get('key', () => new Promise(() => {}));
      const next = reads.get('key', async () => 2);
      await vi.advanceTimersByTimeAsync(1_000);
      expect(await next).toBe(2);
      expect(await reads.get('key', async () => 3)).toBe(3);
    } finally {
      vi.useRealTimers();
    }
  });

  it('are two, however many ask at once, and begin anew once all have ended', async () => {
    const reads = new JoinedReads<number>();
    let count = 0;
    const read = async () => ++count;
    const all = await Promise.all(Array.from({ length: 1_000 }, () => reads.get('key', read)));
    expect(all).toEqual([1, ...Array.from({ length: 999 }, () => 2)]);
    expect(await reads.get('key', read)).toBe(3);
  });
});
