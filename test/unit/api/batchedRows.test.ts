import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Principal } from '../../../core/access/principal.ts';
import { type BatchedChange, oneByOne } from '../../../schema/batchedRows.ts';

const principal = (id: string): Principal => ({ kind: 'API_KEY', id, grants: [] }) as unknown as Principal;
const scope = { organizationId: 'harbour', projectId: null };
const ada = principal('ada');

async function* feed(...batches: string[][]) {
  yield* batches;
}
async function batched(...batches: string[][]): Promise<BatchedChange<string>[]> {
  const all: BatchedChange<string>[] = [];
  for await (const each of oneByOne(feed(...batches), scope, (id) => id, new AbortController())) all.push(each);
  return all;
}
/** Reads every row, and remembers which were asked for. */
function table() {
  const reads: string[][] = [];
  const read = async (ids: string[]) => {
    reads.push(ids);
    // The database may return rows in any order.
    return ids.map((id) => ({ id, read: reads.length })).reverse();
  };
  return { reads, read };
}
const ids = (count: number) => Array.from({ length: count }, (_, n) => `row ${n}`);

afterEach(() => vi.useRealTimers());

describe('changes of one batch', () => {
  it('keep their order, and are read a hundred at a time', async () => {
    const { reads, read } = table();
    const changes = await batched(ids(250), ['last']);
    expect(changes.map(({ change }) => change)).toEqual([...ids(250), 'last']);
    for (const { change, batch } of changes) {
      expect((await batch.row(change, ada, read))?.id).toBe(change);
    }
    expect(reads).toEqual([ids(250).slice(0, 100), ids(250).slice(100, 200), ids(250).slice(200), ['last']]);
  });

  it('are read again, from the current one on, for a principal that was looked up again', async () => {
    const { reads, read } = table();
    const [a, b] = (await batched(['a', 'b', 'c'])) as [BatchedChange<string>, BatchedChange<string>];
    await a.batch.row('a', ada, read);
    const sameAgain = principal('ada');
    expect(await b.batch.row('b', sameAgain, async () => [])).toBeUndefined();
    expect(await b.batch.row('c', ada, read)).toEqual({ id: 'c', read: 2 });
    expect(reads).toEqual([['a', 'b', 'c'], ['c']]);
  });

  it('are read again if the reader took more than a second to reach them', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { reads, read } = table();
    const [{ batch }] = (await batched(['a', 'b', 'c'])) as [BatchedChange<string>];
    await batch.row('a', ada, read);
    vi.advanceTimersByTime(1_000);
    await batch.row('b', ada, read);
    vi.advanceTimersByTime(1);
    await batch.row('c', ada, read);
    expect(reads).toEqual([['a', 'b', 'c'], ['c']]);
  });

  it('are read again for the next change after a failed read', async () => {
    const { read } = table();
    const [{ batch }] = (await batched(['a', 'b'])) as [BatchedChange<string>];
    const failure = new Error('away');
    await expect(batch.row('a', ada, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await batch.row('b', ada, read)).toEqual({ id: 'b', read: 1 });
  });

  it('end the feed behind them when the reader leaves', async () => {
    const ending = new AbortController();
    const changes = oneByOne(feed(['a', 'b']), scope, (id) => id, ending);
    await changes.next();
    await changes.return?.();
    expect(ending.signal.aborted).toBe(true);
  });
});
