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

/**
 * Counts turns of the event loop.
 *
 * @param other - runs in each of them
 * @returns stops, and gives their number
 */
function countTurns(other: () => void = () => {}): () => number {
  let turns = 0;
  let over = false;
  void (async () => {
    for (; !over; turns++) {
      other();
      await nextTurn();
    }
  })();
  return () => {
    over = true;
    return turns;
  };
}

describe('the entrance', () => {
  it('admits a caller at once to an idle process', () => {
    expect(new Entrance().enter('any')).toBeUndefined();
  });

  it('spreads a flood over later turns of the event loop, so that other work runs in between', async () => {
    const entrance = new Entrance();
    const turns = countTurns();
    await arriving(60, async () => {
      await entrance.enter('flood');
      work(1);
    });
    // Two or three fit into a turn, more beside other work. If all ran in one, there would be only one turn.
    expect(turns()).toBeGreaterThan(8);
  });

  it('counts what a call does after further promises, as one does that reads, parses and runs', async () => {
    const entrance = new Entrance();
    const turns = countTurns();
    await arriving(60, async () => {
      await entrance.enter('flood');
      for (let hop = 0; hop < 5; hop++) await undefined;
      work(1);
    });
    expect(turns()).toBeGreaterThan(8);
  });

  it('gives calls as much of each turn as other work takes, so that they do not pile up beside it', async () => {
    const entrance = new Entrance();
    const turns = countTurns(() => work(10));
    await arriving(100, async () => {
      await entrance.enter('one');
      work(1);
    });
    // 2 ms a turn would admit two or three calls: that takes 40 turns.
    expect(turns()).toBeLessThan(20);
  });

  it('gives one tenant’s flood a small part of a turn where others call, so that these wait for short turns', async () => {
    const entrance = new Entrance();
    const turns = countTurns(() => work(10));
    await arriving(100, async () => {
      await entrance.enter('flood');
      void entrance.enter('other');
      work(1);
    });
    // Alone, it gets as much as the other work.
    expect(turns()).toBeGreaterThan(20);
  });

  describe('where a tenant’s calls hold the thread for long', () => {
    /** Has a tenant make long calls for a while. @returns what part of the time they had taken when the last one began */
    async function flood(entrance: Entrance, meanwhile: () => void): Promise<number> {
      const beganAt = performance.now();
      const ends = beganAt + 400;
      let worked = 0;
      let part = 0;
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          while (performance.now() < ends) {
            await entrance.enter('flood');
            await undefined;
            const began = performance.now();
            // The rest after the last one, which a busy machine can make long, is not seen any more.
            part = worked / (began - beganAt);
            work(10);
            worked += performance.now() - began;
            meanwhile();
            await nextTurn();
          }
        }),
      );
      return part;
    }

    it('leaves half of it to the others that are there', async () => {
      const entrance = new Entrance();
      const part = await flood(entrance, () => void entrance.enter('other'));
      expect(part).toBeLessThan(0.6);
      expect(part).toBeGreaterThan(0.2);
    });

    it('has it all alone', async () => {
      expect(await flood(new Entrance(), () => {})).toBeGreaterThan(0.75);
    });
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
