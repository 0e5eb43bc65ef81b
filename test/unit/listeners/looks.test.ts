import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Ask, Looks } from '../../../core/listeners/looks.ts';

const never = new AbortController().signal;
const asking = (name: string, known: string[] = []): Ask => ({
  listenerId: `${name}-listener`,
  connection: name,
  known: new Set(known),
});

describe('what waits for listeners', () => {
  /** What each connection would get. */
  let waiting: Map<string, string[]>;
  /** When each look was, and who asked. */
  let looked: [at: number, ...asked: string[]][];
  let looks: Looks;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    waiting = new Map();
    looked = [];
    const beganAt = performance.now();
    looks = new Looks(async (_organization, asks) => {
      looked.push([performance.now() - beganAt, ...asks.map(({ connection }) => connection)]);
      return waiting;
    });
  });
  afterEach(() => void vi.useRealTimers());

  it('is asked for together, and told to each; none to whom the listener no longer belongs', async () => {
    waiting = new Map([
      ['a', ['1', '2']],
      ['b', []],
    ]);
    const looking = looks.join('org');
    const answers = Promise.all(['a', 'b', 'c'].map((name) => looking.ask(asking(name), never)));
    await vi.advanceTimersByTimeAsync(1);
    expect(await answers).toEqual([['1', '2'], [], null]);
    expect(looked).toEqual([[0, 'a', 'b', 'c']]);
  });

  it('is looked for more and more seldom while there is nothing new, and at once again when there is', async () => {
    waiting = new Map([['a', ['1']]]);
    const looking = looks.join('org');
    const inARow = async (count: number, known: string[]) => {
      const before = looked.length;
      const all = (async () => {
        for (let n = 0; n < count; n++) await looking.ask(asking('a', known), never);
      })();
      await vi.advanceTimersByTimeAsync(count * 250);
      await all;
      const times = looked.slice(before).map(([at]) => at);
      return times.slice(1).map((at, index) => at - (times[index] ?? 0));
    };
    expect(await inARow(7, ['1'])).toEqual([40, 80, 160, 250, 250, 250]);
    await inARow(1, []);
    expect(await inARow(3, [])).toEqual([20, 20]);
  });

  it('of another organization is looked for by itself, and one that gives up waits no more', async () => {
    const [one, other] = [looks.join('one'), looks.join('other')];
    const stop = new AbortController();
    const answers = [one.ask(asking('a'), never), one.ask(asking('b'), stop.signal), other.ask(asking('c'), never)];
    stop.abort();
    expect(await answers[1]).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await Promise.all(answers);
    expect(looked).toEqual([
      [0, 'a'],
      [0, 'c'],
    ]);
  });

  it('is looked for again after a look that failed, which those who asked are told of', async () => {
    let fails = true;
    const failing = new Looks(async () => {
      if (fails) throw new Error('away');
      return new Map([['a', []]]);
    });
    const looking = failing.join('org');
    const first = expect(looking.ask(asking('a'), never)).rejects.toThrow('away');
    await vi.advanceTimersByTimeAsync(1);
    await first;
    fails = false;
    const second = looking.ask(asking('a'), never);
    await vi.advanceTimersByTimeAsync(250);
    expect(await second).toEqual([]);
    looking.leave();
  });
});
