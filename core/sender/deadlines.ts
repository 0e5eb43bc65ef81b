export interface Expiring {
  /** In the milliseconds of `performance.now()`. */
  readonly deadline: number;
  expire(): void;
}

/** A deadline is noticed at most this much too late. */
const resolutionMs = 25;

/**
 * The deadlines of all exchanges under one timer, because one timer for each would cost more than the rest of a fast
 * exchange's bookkeeping. The timer runs only while an exchange is under way.
 */
export class Deadlines {
  readonly #waiting = new Set<Expiring>();
  #timer: NodeJS.Timeout | undefined;

  add(item: Expiring): void {
    this.#waiting.add(item);
    this.#timer ??= setInterval(() => this.#sweep(), resolutionMs);
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
