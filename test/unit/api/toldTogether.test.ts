import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Principal } from '../../../core/access/principal.ts';
import { oneByOne, type Told } from '../../../schema/toldTogether.ts';

const principal = (id: string): Principal => ({ kind: 'API_KEY', id, grants: [] }) as unknown as Principal;
const ada = principal('ada');

async function* feed(...batches: string[][]) {
  yield* batches;
}
async function told(...batches: string[][]): Promise<Told<string>[]> {
  const all: Told<string>[] = [];
  for await (const each of oneByOne(feed(...batches), (id) => id, new AbortController())) all.push(each);
  return all;
}
/** Reads every row, and remembers which were asked for. */
function table() {
  const reads: string[][] = [];
  const read = async (ids: string[]) => {
    reads.push(ids);
    // Rows come in whatever order the database likes.
    return ids.map((id) => ({ id, read: reads.length })).reverse();
  };
  return { reads, read };
}
const ids = (count: number) => Array.from({ length: count }, (_, n) => `row ${n}`);

afterEach(() => vi.useRealTimers());

describe('changes that are told together', () => {
  it('keep their order, and are read a hundred at a time', async () => {
    const { reads, read } = table();
    const changes = await told(ids(250), ['last']);
    expect(changes.map(({ change }) => change)).toEqual([...ids(250), 'last']);
    for (const { change, together } of changes) {
      expect((await together.row(change, ada, read))?.id).toBe(change);
    }
    expect(reads).toEqual([ids(250).slice(0, 100), ids(250).slice(100, 200), ids(250).slice(200), ['last']]);
  });

  it('are read again, from the one whose turn it is, for a principal that was looked up anew', async () => {
    const { reads, read } = table();
    const [a, b] = (await told(['a', 'b', 'c'])) as [Told<string>, Told<string>];
    await a.together.row('a', ada, read);
    const sameAgain = principal('ada');
    expect(await b.together.row('b', sameAgain, async () => [])).toBeUndefined();
    expect(await b.together.row('c', ada, read)).toEqual({ id: 'c', read: 2 });
    expect(reads).toEqual([['a', 'b', 'c'], ['c']]);
  });

  it('are read again where the reader took more than a second to come to them', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { reads, read } = table();
    const [{ together }] = (await told(['a', 'b', 'c'])) as [Told<string>];
    await together.row('a', ada, read);
    vi.advanceTimersByTime(1_000);
    await together.row('b', ada, read);
    vi.advanceTimersByTime(1);
    await together.row('c', ada, read);
    expect(reads).toEqual([['a', 'b', 'c'], ['c']]);
  });

  it('are read again by the next after a read that failed', async () => {
    const { read } = table();
    const [{ together }] = (await told(['a', 'b'])) as [Told<string>];
    const failure = new Error('away');
    await expect(together.row('a', ada, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await together.row('b', ada, read)).toEqual({ id: 'b', read: 1 });
  });

  it('end the feed behind them when the reader leaves', async () => {
    const ending = new AbortController();
    const changes = oneByOne(feed(['a', 'b']), (id) => id, ending);
    await changes.next();
    await changes.return?.();
    expect(ending.signal.aborted).toBe(true);
  });
});
