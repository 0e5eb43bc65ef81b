import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatheredBytes } from '../src/receivers/gatheredBytes.ts';

describe('a body that is gathered', () => {
  it('is what came, in whatever pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 3_000 }), { maxLength: 20 }), (chunks) => {
        const gathered = new GatheredBytes();
        for (const chunk of chunks) gathered.add(chunk);
        expect(Buffer.from(gathered.whole())).toEqual(Buffer.concat(chunks));
        expect(gathered.size).toBe(gathered.whole().byteLength);
        // What came belongs to who brought it.
        const [first] = chunks;
        const before = first && Buffer.from(first);
        gathered.add(new Uint8Array([1, 2, 3]));
        expect(first && Buffer.from(first)).toEqual(before);
      }),
    );
  });

  it('takes little more than its bytes, though each comes by itself', () => {
    const memory = () => {
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    const gathered = new GatheredBytes();
    const before = memory();
    for (let byte = 0; byte < 1_000_000; byte++) gathered.add(Buffer.from([byte % 256]));
    expect(gathered.size).toBe(1_000_000);
    // Kept one by one they took 200 MB on the heap alone. Garbage that is not collected yet counts, too.
    expect(memory() - before).toBeLessThan(60_000_000);
  });
});
