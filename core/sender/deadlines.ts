export interface Expiring {
  /** In the milliseconds of `performance.now()`. */
  readonly deadline: number;
  expire(): void;
}

/** How late a deadline may be noticed. */
const RESOLUTION_MS = 25;

/**
 * Deadlines of all exchanges under one timer: a timer each would cost more than the rest of a fast exchange's bookkeeping.
 * The timer runs only while something waits.
 */
export class Deadlines {
  readonly #waiting = new Set<Expiring>();
  #timer: NodeJS.Timeout | undefined;

  add(item: Expiring): void {
    this.#waiting.add(item);
    this.#timer ??= setInterval(() => this.#sweep(), RESOLUTION_MS);
  }

  delete(item: Expiring): void {
    this.#waiting.delete(item);
  }

  #sweep(): void {
    const now = performance.now();
    for (const item of this.#waiting) {
      if (item.deadline > now) continue;
      this.#waiting.delete(item);
      item.expire();
    }
    if (this.#waiting.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
