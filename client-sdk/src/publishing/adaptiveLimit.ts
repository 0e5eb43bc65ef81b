/** A permission for one request, given back with its outcome. */
export interface Permit {
  readonly epoch: number;
}

/**
 * How many requests may be under way at once: one more after every round that succeeds, half as many when the server is
 * overloaded (additive increase, multiplicative decrease).
 */
export class AdaptiveLimit {
  readonly #max: number;
  #limit: number;
  #inUse = 0;
  #epoch = 0;

  constructor(max: number) {
    this.#max = max;
    this.#limit = Math.min(8, max);
  }

  /** The present limit. */
  get current(): number {
    return Math.floor(this.#limit);
  }

  /** Null when the limit is reached. */
  acquire(): Permit | null {
    if (this.#inUse >= this.current) return null;
    this.#inUse++;
    return { epoch: this.#epoch };
  }

  release(): void {
    this.#inUse--;
  }

  succeeded(): void {
    this.#limit = Math.min(this.#max, this.#limit + 1 / this.#limit);
  }

  /** The server was overloaded. Requests that began before the limit was last lowered do not lower it again. */
  overloaded({ epoch }: Permit): void {
    if (epoch !== this.#epoch) return;
    this.#epoch++;
    this.#limit = Math.max(1, this.#limit / 2);
  }
}
