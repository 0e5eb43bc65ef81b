/** How many times what is free a holder may have: it then has at most three quarters of what nobody else holds. */
const timesFree = 3;

/**
 * Shares of something scarce that may be held for long and cannot be taken back: slots for requests, places in a queue. Who
 * holds much gets no more while little is free, so something is always left for those who hold little; who is alone may hold
 * three quarters.
 */
export class Shares {
  readonly #held = new Map<string, number>();
  #free: number;

  /** @param total - pieces that there are */
  constructor(total: number) {
    this.#free = total;
  }

  /** Pieces that nobody holds; below 0 where more were taken than there are. */
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

  give(holder: string, count = 1): void {
    this.#free += count;
    const left = this.held(holder) - count;
    if (left > 0) this.#held.set(holder, left);
    else this.#held.delete(holder);
  }
}
