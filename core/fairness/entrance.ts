import { Turns } from './turns.ts';

/** What calls may take of one turn of the event loop, in milliseconds, before sockets and timers are looked at again. */
const turnMs = 2;

/**
 * Lets calls begin, a few milliseconds of them in each turn of the event loop, and tenant by tenant. What comes in faster than
 * it can be served waits here, and not in front of everything else: who calls now and then waits for a turn or two, however many
 * others have sent at once.
 */
export class Entrance {
  readonly #waiting = new Turns<() => void>();
  /** When the calls of this turn began to begin; null where none has yet. */
  #beganAt: number | null = null;

  /** @returns nothing where the call may begin at once, which most do; otherwise what resolves when it may */
  enter(tenant: string): Promise<void> | undefined {
    if (this.#beganAt === null) {
      this.#begin();
      return undefined;
    }
    if (this.#waiting.size === 0 && performance.now() - this.#beganAt < turnMs) return undefined;
    return new Promise((resolve) => this.#waiting.add(tenant, resolve));
  }

  #begin(): void {
    this.#beganAt = performance.now();
    setImmediate(() => this.#nextTurn());
  }

  #nextTurn(): void {
    if (this.#waiting.size === 0) {
      this.#beganAt = null;
      return;
    }
    this.#begin();
    this.#admit(this.#beganAt as number);
  }

  /** One, and the next once it has done what it does at once: that is what a turn's time goes by. */
  #admit(beganAt: number): void {
    const begin = performance.now() - beganAt < turnMs ? this.#waiting.take() : undefined;
    if (!begin) return;
    begin();
    queueMicrotask(() => this.#admit(beganAt));
  }
}
