import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Places } from '../../../core/fairness/places.ts';

const limits = { places: 2, placesEach: 1, waitingEach: 3, waiting: 100, patienceMs: 60_000 };

/** Work that is under way until it is told to end. */
function held() {
  let end: () => void = () => {};
  const promise = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { promise, end: () => end() };
}

describe('places', () => {
  it('go round among those who ask, whoever asked for more', async () => {
    const places = new Places({ ...limits, places: 1, waitingEach: 100 });
    const order: string[] = [];
    const work = (name: string) => places.take(name, async () => void order.push(name));
    await Promise.all([...Array.from({ length: 6 }, () => work('greedy')), work('modest'), work('modest')]);
    expect(order).toEqual(['greedy', 'greedy', 'modest', 'greedy', 'modest', 'greedy', 'greedy', 'greedy']);
  });

  it('leave a place to others, however much one asks for', async () => {
    const places = new Places(limits);
    const first = held();
    const hogging = [places.take('greedy', () => first.promise), places.take('greedy', async () => {})];
    expect(await places.take('modest', async () => 'served')).toBe('served');
    first.end();
    await Promise.all(hogging);
  });

  it('are refused as UNAVAILABLE, with a time, where too many wait, and after too long a wait', async () => {
    const places = new Places({ ...limits, patienceMs: 20 });
    const first = held();
    const running = places.take('greedy', () => first.promise);
    const waiting = Array.from({ length: 4 }, () => places.take('greedy', async () => 'begun').catch((error) => error));
    const refused = await Promise.all(waiting);
    expect(refused).toEqual(
      Array.from({ length: 4 }, () => expect.objectContaining({ code: 'UNAVAILABLE', retryAfterSeconds: 1 })),
    );
    first.end();
    await running;
    expect(await places.take('greedy', async () => 'begun')).toBe('begun');
  });

  it('pass on when work fails', async () => {
    const places = new Places({ ...limits, places: 1 });
    const failing = places.take('a', () => Promise.reject(new Error('broken')));
    const after = places.take('b', async () => 'served');
    await expect(failing).rejects.toThrow('broken');
    expect(await after).toBe('served');
  });

  it('never let more run than there are places, for all and for one, and run everything', async () => {
    const asked = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 3 })), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        asked,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        async (all, most, each) => {
          const places = new Places({
            places: most,
            placesEach: each,
            waitingEach: 100,
            waiting: 100,
            patienceMs: 60_000,
          });
          const running = new Map<string, number>();
          let done = 0;
          await Promise.all(
            all.map(([name, ticks]) =>
              places.take(name, async () => {
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
