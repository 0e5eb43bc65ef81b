/** How long an organization waits after each further time that its rows were held, in milliseconds. */
const pausesMs = [100, 300, 1_000, 2_000];

interface Held {
  times: number;
  /** By `performance.now()`. */
  until: number;
}

/** Organizations of which somebody holds rows, for example a transaction that was left open: what is written of them waits. */
export class HeldRows {
  readonly #held = new Map<string, Held>();
  readonly #again: () => void;
  #waiting: (() => void)[] = [];

  /** @param again - called when one may be tried again */
  constructor(again: () => void) {
    this.#again = again;
  }

  /** Whether rows of this organization were held when it was tried last. */
  has(organizationId: string): boolean {
    return this.#held.has(organizationId);
  }

  /** Whether it is not to be tried yet. */
  waits(organizationId: string): boolean {
    const held = this.#held.get(organizationId);
    return held !== undefined && performance.now() < held.until;
  }

  /** Its rows were held. */
  hold(organizationId: string): void {
    const times = this.#held.get(organizationId)?.times ?? 0;
    const pauseMs = pausesMs[Math.min(times, pausesMs.length - 1)] as number;
    this.#held.set(organizationId, { times: times + 1, until: performance.now() + pauseMs });
    setTimeout(() => {
      this.#again();
      for (const resolve of this.#waiting.splice(0)) resolve();
    }, pauseMs + 1);
  }

  /** They are no longer. */
  free(organizationId: string): void {
    this.#held.delete(organizationId);
  }

  /** Resolves when one of those that wait is tried again; at once where none waits. */
  async next(): Promise<void> {
    const now = performance.now();
    if (![...this.#held.values()].some(({ until }) => now < until)) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
