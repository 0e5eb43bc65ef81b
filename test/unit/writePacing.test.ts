import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WritePacing } from '../../core/ground/writePacing.ts';

describe('spacing the writes of what gathers', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  async function turnAfter(pacing: WritePacing): Promise<number> {
    const askedAt = performance.now();
    let begunAt: number | null = null;
    void pacing.turn().then(() => (begunAt = performance.now()));
    for (let ms = 0; begunAt === null && ms < 100; ms++) await vi.advanceTimersByTimeAsync(ms === 0 ? 0 : 1);
    return (begunAt ?? Number.NaN) - askedAt;
  }

  it('lets the first of a quiet time leave at once, and the next an interval after it', async () => {
    const pacing = new WritePacing(10);
    expect(await turnAfter(pacing)).toBe(0);
    expect(await turnAfter(pacing)).toBe(10);
    await vi.advanceTimersByTimeAsync(4);
    expect(await turnAfter(pacing)).toBe(6);
    await vi.advanceTimersByTimeAsync(30);
    expect(await turnAfter(pacing)).toBe(0);
  });

  it('waits no longer once enough has gathered, before or during the wait', async () => {
    const pacing = new WritePacing(10);
    await turnAfter(pacing);
    pacing.hurry();
    expect(await turnAfter(pacing)).toBe(0);
    const askedAt = performance.now();
    const turn = pacing.turn();
    await vi.advanceTimersByTimeAsync(3);
    pacing.hurry();
    await turn;
    expect(performance.now() - askedAt).toBe(3);
    expect(await turnAfter(pacing)).toBe(10);
  });
});
