import { Turns } from './turns.ts';

/** How long calls may run within one turn of the event loop, in milliseconds, before sockets and timers get their turn. */
const turnMs = 2;
/** The same beside other work that takes long: at most this. */
const maxTurnMs = 25;
/** Calls get this part of a turn at least: as much as all the rest. A larger part would let the turns grow without end. */
const partOfTurn = 0.5;

/**
 * Admits calls for a few milliseconds in each turn of the event loop, or for half of a long one; tenants take turns. Calls that come in faster than they
 * are served wait here and do not hold up everything else: a tenant that calls now and then waits for a turn or two, however
 * many calls others have sent.
 */
export class Entrance {
  readonly #waiting = new Turns<() => void>();
  /** When the first call of this turn was admitted; null before that. */
  #beganAt: number | null = null;
  /** How long calls may run in this turn. */
  #turnMs = turnMs;

  /** @returns undefined where the call may begin at once, as most do; otherwise a promise that resolves when it may */
  enter(tenant: string): Promise<void> | undefined {
    if (this.#beganAt === null) {
      this.#begin();
      return undefined;
    }
    if (this.#waiting.size === 0 && performance.now() - this.#beganAt < this.#turnMs) return undefined;
    return new Promise((resolve) => this.#waiting.add(tenant, resolve));
  }

  #begin(): void {
    this.#beganAt = performance.now();
    setImmediate(() => this.#nextTurn());
  }

  #nextTurn(): void {
    if (this.#waiting.size === 0) {
      this.#beganAt = null;
      this.#turnMs = turnMs;
      return;
    }
    // Where each turn is long, by deliveries for example, a fixed time for calls would serve fewer of them than come in.
    const lastMs = performance.now() - (this.#beganAt ?? 0);
    this.#turnMs = Math.max(turnMs, Math.min(maxTurnMs, partOfTurn * lastMs));
    this.#begin();
    this.#admit(this.#beganAt as number);
  }

  /** Admits one call, then the next once the first has run its synchronous part: that part uses up the turn's time. */
  #admit(beganAt: number): void {
    const begin = performance.now() - beganAt < this.#turnMs ? this.#waiting.take() : undefined;
    if (!begin) return;
    begin();
    queueMicrotask(() => this.#admit(beganAt));
  }
}
