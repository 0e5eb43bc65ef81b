import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchWriter } from '../../core/ground/batchWriter.ts';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** A writer of numbers, whose writes end when they are let. */
function writer(options: { atOnce?: number; size?: number; refused?: ReadonlySet<number>; intervalMs?: number } = {}) {
  const { atOnce = 1, size = 100, refused = new Set(), intervalMs = 0 } = options;
  const waiting: number[] = [];
  const begun: { batch: readonly number[]; end: () => void }[] = [];
  const [written, failed, ended]: [number[], number[], number[]] = [[], [], []];
  const batches = new BatchWriter<number>({
    intervalMs,
    atOnce,
    ready: () => waiting.length > 0,
    take: () => waiting.splice(0, size),
    async write(batch) {
      await new Promise<void>((end) => begun.push({ batch, end }));
      if (batch.some((each) => refused.has(each))) throw new Error('refused');
      written.push(...batch);
    },
    isOfOne: (error) => (error as Error).message === 'refused',
    failed: (batch) => void failed.push(...batch),
    ended: (batch) => void ended.push(...batch),
  });
  const add = (...items: number[]) => {
    waiting.push(...items);
    batches.wake();
  };
  return { batches, add, begun, written, failed, ended };
}

describe('writing in batches', () => {
  it('writes together what comes in one turn of the event loop, and what comes while that is being written', async () => {
    const { add, begun } = writer();
    add(1);
    add(2);
    await nextTurn();
    expect(begun.map(({ batch }) => batch)).toEqual([[1, 2]]);
    add(3);
    await nextTurn();
    add(4);
    await nextTurn();
    expect(begun).toHaveLength(1);
    begun[0]?.end();
    await nextTurn();
    expect(begun.map(({ batch }) => batch)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('has no more writes under way at once than it may', async () => {
    const { add, begun } = writer({ atOnce: 2, size: 1 });
    add(1, 2, 3, 4);
    await nextTurn();
    expect(begun).toHaveLength(2);
    begun[1]?.end();
    await nextTurn();
    expect(begun.map(({ batch }) => batch)).toEqual([[1], [2], [3]]);
  });

  it('is drained when what was taken and what came since is answered, and at once where nothing waits', async () => {
    const { batches, add, begun, ended } = writer({ size: 1 });
    await batches.drained();
    add(1, 2);
    let isDrained = false;
    const drained = batches.drained().then(() => {
      isDrained = true;
    });
    await nextTurn();
    begun[0]?.end();
    await nextTurn();
    expect(isDrained).toBe(false);
    begun[1]?.end();
    await drained;
    expect(ended).toEqual([1, 2]);
    expect(batches.busy).toBe(false);
  });

  it('refuses what cannot be written, and whatever else is in its batch is written, once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.uniqueArray(fc.nat(39)), async (count, refused) => {
        const items = Array.from({ length: count }, (_, index) => index);
        const isRefused = (each: number) => refused.includes(each);
        const { batches, add, begun, written, failed, ended } = writer({ refused: new Set(refused) });
        add(...items);
        const ending = setInterval(() => {
          for (const { end } of begun) end();
        });
        await batches.drained();
        clearInterval(ending);
        expect(written).toEqual(items.filter((each) => !isRefused(each)));
        expect(failed).toEqual(items.filter(isRefused));
        expect(ended).toEqual(items);
      }),
      { numRuns: 20 },
    );
  });

  it('refuses a batch as a whole where no single item is to blame', async () => {
    const failed: number[][] = [];
    let writes = 0;
    const waiting = [1, 2, 3];
    const batches = new BatchWriter<number>({
      ...{ intervalMs: 0, atOnce: 1, isOfOne: () => false, ended() {} },
      ready: () => waiting.length > 0,
      take: () => waiting.splice(0),
      write() {
        writes++;
        throw new Error('The database is away.');
      },
      failed: (batch) => void failed.push([...batch]),
    });
    batches.wake();
    await batches.drained();
    expect([writes, failed]).toEqual([1, [[1, 2, 3]]]);
  });
});
