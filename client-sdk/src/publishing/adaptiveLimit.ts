/** A permission to have one request under way, given back with how it went. */
export interface Permit {
  readonly epoch: number;
}

/**
 * How many requests may be under way at once: one more for every round that goes well, half as many when the server says
 * that it is too much (additive increase, multiplicative decrease).
 */
export class AdaptiveLimit {
  readonly #most: number;
  #limit: number;
  #inUse = 0;
  #epoch = 0;

  constructor(most: number) {
    this.#most = most;
    this.#limit = Math.min(8, most);
  }

  /** What is allowed now. */
  get current(): number {
    return Math.floor(this.#limit);
  }

  /** Null when as many are under way as may be. */
  acquire(): Permit | null {
    if (this.#inUse >= this.current) return null;
    this.#inUse++;
    return { epoch: this.#epoch };
  }

  release(): void {
    this.#inUse--;
  }

  succeeded(): void {
    this.#limit = Math.min(this.#most, this.#limit + 1 / this.#limit);
  }

  /** The server had too much. Requests that began before the limit was last lowered say nothing new. */
  overloaded({ epoch }: Permit): void {
    if (epoch !== this.#epoch) return;
    this.#epoch++;
    this.#limit = Math.max(1, this.#limit / 2);
  }
}
