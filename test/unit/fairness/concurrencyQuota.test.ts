import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConcurrencyQuota } from '../../../core/fairness/concurrencyQuota.ts';

const limits = { maxRunning: 2, maxRunningEach: 1, maxWaitingEach: 3, maxWaiting: 100, maxWaitMs: 60_000 };

/** Work that runs until the test ends it. */
function held() {
  let end: () => void = () => {};
  const promise = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { promise, end: () => end() };
}

describe('a concurrency quota', () => {
  it('takes turns among holders, however much one asks for', async () => {
    const quota = new ConcurrencyQuota({ ...limits, maxRunning: 1, maxWaitingEach: 100 });
    const order: string[] = [];
    const work = (name: string) => quota.run(name, async () => void order.push(name));
    await Promise.all([...Array.from({ length: 6 }, () => work('greedy')), work('modest'), work('modest')]);
    expect(order).toEqual(['greedy', 'greedy', 'modest', 'greedy', 'modest', 'greedy', 'greedy', 'greedy']);
  });

  it('leaves room for others, however much one holder asks for', async () => {
    const quota = new ConcurrencyQuota(limits);
    const first = held();
    const hogging = [quota.run('greedy', () => first.promise), quota.run('greedy', async () => {})];
    expect(await quota.run('modest', async () => 'served')).toBe('served');
    first.end();
    await Promise.all(hogging);
  });

  it('refuses with UNAVAILABLE and a retry time when too many wait, and after too long a wait', async () => {
    const quota = new ConcurrencyQuota({ ...limits, maxWaitMs: 20 });
    const first = held();
    const running = quota.run('greedy', () => first.promise);
    const waiting = Array.from({ length: 4 }, () => quota.run('greedy', async () => 'begun').catch((error) => error));
    const refused = await Promise.all(waiting);
    expect(refused).toEqual(
      Array.from({ length: 4 }, () => expect.objectContaining({ code: 'UNAVAILABLE', retryAfterSeconds: 1 })),
    );
    first.end();
    await running;
    expect(await quota.run('greedy', async () => 'begun')).toBe('begun');
  });

  it('goes on when work fails', async () => {
    const quota = new ConcurrencyQuota({ ...limits, maxRunning: 1 });
    const failing = quota.run('a', () => Promise.reject(new Error('broken')));
    const after = quota.run('b', async () => 'served');
    await expect(failing).rejects.toThrow('broken');
    expect(await after).toBe('served');
  });

  it('never lets more run than it allows, in total and for one holder, and runs everything', async () => {
    const asked = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 3 })), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        asked,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        async (all, most, each) => {
          const quota = new ConcurrencyQuota({
            maxRunning: most,
            maxRunningEach: each,
            maxWaitingEach: 100,
            maxWaiting: 100,
            maxWaitMs: 60_000,
          });
          const running = new Map<string, number>();
          let done = 0;
          await Promise.all(
            all.map(([name, ticks]) =>
              quota.run(name, async () => {
                running.set(name, (running.get(name) ?? 0) + 1);
                expect(running.get(name)).toBeLessThanOrEqual(each);
                expect([...running.values()].reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(most);
                for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
                running.set(name, (running.get(name) as number) - 1);
                done++;
              }),
            ),
          );
          expect(done).toBe(all.length);
        },
      ),
    );
  });
});
