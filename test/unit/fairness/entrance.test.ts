import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Entrance } from '../../../core/fairness/entrance.ts';

/** Blocks the thread for so many milliseconds, as a call does. */
function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** Calls that arrive together, each with an event of its own, as from sockets. */
const arriving = <T>(count: number, call: (nth: number) => Promise<T>): Promise<T[]> =>
  Promise.all(
    Array.from({ length: count }, (_, nth) => new Promise<T>((resolve) => setImmediate(() => resolve(call(nth))))),
  );

describe('the entrance', () => {
  it('admits a caller at once to an idle process', () => {
    expect(new Entrance().enter('any')).toBeUndefined();
  });

  it('spreads a flood over later turns of the event loop, so that other work runs in between', async () => {
    const entrance = new Entrance();
    let turns = 0;
    let over = false;
    void (async () => {
      for (; !over; turns++) await nextTurn();
    })();
    await arriving(60, async () => {
      await entrance.enter('flood');
      work(1);
    });
    over = true;
    // Two or three fit into a turn. If all ran in one, there would be only one turn.
    expect(turns).toBeGreaterThan(15);
  });

  it('gives calls as much of each turn as other work takes, so that they do not pile up beside it', async () => {
    const entrance = new Entrance();
    let turns = 0;
    let over = false;
    void (async () => {
      for (; !over; turns++) {
        work(10);
        await nextTurn();
      }
    })();
    await arriving(100, async () => {
      await entrance.enter('one');
      work(1);
    });
    over = true;
    // 2 ms a turn would admit two or three calls: that takes 40 turns.
    expect(turns).toBeLessThan(20);
  });

  it('takes turns by tenant: one late call does not wait behind another tenant’s many earlier ones', async () => {
    const entrance = new Entrance();
    const begun: string[] = [];
    const call = async (tenant: string) => {
      await entrance.enter(tenant);
      begun.push(tenant);
      work(1);
    };
    const flood = arriving(200, () => call('flood'));
    await nextTurn();
    const before = begun.length;
    await call('other');
    expect(begun.slice(before).indexOf('other')).toBeLessThan(10);
    await flood;
    expect(begun.filter((tenant) => tenant === 'flood')).toHaveLength(200);
  });

  it('keeps the order of one tenant’s calls, and lets none wait for ever', async () => {
    const entrance = new Entrance();
    const begun: number[] = [];
    await arriving(500, async (nth) => {
      await entrance.enter('one');
      begun.push(nth);
      if (nth % 10 === 0) work(0.5);
    });
    expect(begun).toEqual(Array.from({ length: 500 }, (_, nth) => nth));
  });
});
