/** A holder may have this many times the free amount, so at most three quarters of all that others do not hold. */
const timesFree = 3;

/**
 * Shares of something scarce that may be held for long and cannot be taken back: slots for requests, places in a queue. A
 * holder of much gets no more while little is free, so something is always left for holders of little. A single holder may
 * have three quarters.
 */
export class Shares {
  readonly #held = new Map<string, number>();
  #free: number;

  /** @param total - number of pieces */
  constructor(total: number) {
    this.#free = total;
  }

  /** Pieces that nobody holds; negative where more were taken than there are. */
  get free(): number {
    return this.#free;
  }

  held(holder: string): number {
    return this.#held.get(holder) ?? 0;
  }

  /** Whether the holder may take so many more, one after the other. */
  admits(holder: string, count = 1): boolean {
    const left = this.#free - (count - 1);
    return left > 0 && this.held(holder) + count - 1 < timesFree * left;
  }

  take(holder: string, count = 1): void {
    this.#free -= count;
    this.#held.set(holder, this.held(holder) + count);
  }

  release(holder: string, count = 1): void {
    this.#free += count;
    const left = this.held(holder) - count;
    if (left > 0) this.#held.set(holder, left);
    else this.#held.delete(holder);
  }
}
