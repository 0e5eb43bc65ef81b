import { ApiError } from '../ground/errors.ts';
import { Tally } from '../ground/tally.ts';
import { Turns } from './turns.ts';

/** How much is let through at once, and how much may wait. */
export interface PlaceLimits {
  /** Pieces of work under way at once. */
  readonly places: number;
  /** Of them for one holder, so that there is always a place for the others. */
  readonly placesEach: number;
  /** Longest queue of one holder, and of all together. */
  readonly waitingEach: number;
  readonly waiting: number;
  /** Longest wait, in milliseconds. */
  readonly patienceMs: number;
}

interface Waiting {
  gaveUp: boolean;
  begin(): void;
}

/**
 * Places for the work of holders (organizations), which wait for one in turns: whoever asks for much waits behind its own, and
 * not others behind it. Within one holder the order is that of asking.
 */
export class Places {
  readonly #limits: PlaceLimits;
  readonly #turns = new Turns<Waiting>();
  readonly #running = new Tally();
  readonly #waiting = new Tally();

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
  }

  /** @throws ApiError UNAVAILABLE where too much waits already, or it waited too long; nothing was begun then */
  async take<T>(holder: string, work: () => Promise<T>): Promise<T> {
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
    return this.#running.total < this.#limits.places && this.#running.of(holder) < this.#limits.placesEach;
  }

  #wait(holder: string): Promise<void> {
    const { waitingEach, waiting: most, patienceMs } = this.#limits;
    if (this.#waiting.of(holder) >= waitingEach || this.#waiting.total >= most) return Promise.reject(tooMuch());
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
      }, patienceMs);
      this.#turns.add(holder, waiting);
    });
  }

  #goOn(): void {
    while (this.#running.total < this.#limits.places) {
      const next = this.#turns.take((holder, { gaveUp }) => gaveUp || this.#mayBegin(holder));
      if (next === undefined) return;
      if (!next.gaveUp) next.begin();
    }
  }
}

const tooMuch = () =>
  new ApiError('UNAVAILABLE', 'Too much is asked for at once. Try again in a second, or ask for less.', undefined, 1);
