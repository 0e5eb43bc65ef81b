import { ApiError } from '../ground/errors.ts';
import { Tally } from '../ground/tally.ts';
import { Turns } from './turns.ts';

/** How much work may run at once, and how much may wait. */
export interface ConcurrencyLimits {
  /** Most pieces of work under way at once. */
  readonly maxRunning: number;
  /** Most of them for one holder, so that there is always room for the others. */
  readonly maxRunningEach: number;
  /** Longest queue of one holder, and of all together. */
  readonly maxWaitingEach: number;
  readonly maxWaiting: number;
  /** Longest wait, in milliseconds. */
  readonly maxWaitMs: number;
}

interface Waiting {
  gaveUp: boolean;
  begin(): void;
}

/**
 * Bounds how much work of several holders (organizations) runs at once. Holders take turns: one that asks for much waits behind
 * its own work, and does not make others wait. Within one holder: first come, first served.
 */
export class ConcurrencyQuota {
  readonly #limits: ConcurrencyLimits;
  readonly #turns = new Turns<Waiting>();
  readonly #running = new Tally();
  readonly #waiting = new Tally();

  constructor(limits: ConcurrencyLimits) {
    this.#limits = limits;
  }

  /** Runs the work when there is room. @throws ApiError UNAVAILABLE where too much waits, or it waited too long; the work has not begun then */
  async run<T>(holder: string, work: () => Promise<T>): Promise<T> {
    if (this.#mayBegin(holder) && this.#waiting.of(holder) === 0) this.#running.add(holder, 1);
    else await this.#wait(holder);
    try {
      return await work();
    } finally {
      this.#running.add(holder, -1);
      this.#goOn();
    }
  }

  #mayBegin(holder: string): boolean {
    return this.#running.total < this.#limits.maxRunning && this.#running.of(holder) < this.#limits.maxRunningEach;
  }

  #wait(holder: string): Promise<void> {
    const { maxWaitingEach, maxWaiting, maxWaitMs } = this.#limits;
    if (this.#waiting.of(holder) >= maxWaitingEach || this.#waiting.total >= maxWaiting)
      return Promise.reject(tooMuch());
    this.#waiting.add(holder, 1);
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        gaveUp: false,
        begin: () => {
          clearTimeout(timer);
          this.#waiting.add(holder, -1);
          this.#running.add(holder, 1);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        waiting.gaveUp = true;
        this.#waiting.add(holder, -1);
        reject(tooMuch());
      }, maxWaitMs);
      this.#turns.add(holder, waiting);
    });
  }

  #goOn(): void {
    while (this.#running.total < this.#limits.maxRunning) {
      const next = this.#turns.take((holder, { gaveUp }) => gaveUp || this.#mayBegin(holder));
      if (next === undefined) return;
      if (!next.gaveUp) next.begin();
    }
  }
}

const tooMuch = () =>
  new ApiError('UNAVAILABLE', 'Too many requests at once. Try again in a second, or ask for less.', undefined, 1);
