/**
 * Bounds the requests that a process has under way. Who wants to send is let through one request at a time, in the order of
 * asking: whoever wants many takes turns with whoever wants one.
 */
export class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @param most - requests under way */
  constructor(most: number) {
    this.#free = most;
  }

  /** Resolves when there is room, with what gives it back, to be called once. */
  async enter(): Promise<() => void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return () => this.#leave();
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}
