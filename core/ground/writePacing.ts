/**
 * Spaces the writes of what gathers while it waits: the first of a quiet time leaves at once, the next no sooner than an
 * interval after it, unless enough has gathered. A write costs the database far more than one more row in it, so at a few
 * hundred a second this halves what the database does, for a wait of the interval at most.
 */
export class WritePacing {
  readonly #intervalMs: number;
  #beganAt = Number.NEGATIVE_INFINITY;
  #hurried = false;
  #go: (() => void) | null = null;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** Resolves when the next write may begin, and counts it as begun. */
  async turn(): Promise<void> {
    const rest = this.#beganAt + this.#intervalMs - performance.now();
    if (rest > 0 && !this.#hurried) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, rest);
        this.#go = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#go = null;
    }
    this.#hurried = false;
    this.#beganAt = performance.now();
  }

  /** The next write waits for nothing more: enough has gathered. */
  hurry(): void {
    this.#hurried = true;
    this.#go?.();
  }
}
