import { vi } from 'vitest';

/**
 * Stops this process's clock at a time while the work runs. `Date.now()` and `new Date()` agree, as they do in the world: libraries make
 * a deadline by the one and measure it by the other, and would wait for hours where only one were set.
 *
 * @param time - milliseconds since 1970
 */
export async function atTime<T>(time: number, work: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ['Date'], now: time });
  try {
    return await work();
  } finally {
    vi.useRealTimers();
  }
}
