import { ApiError } from './errors.ts';

/** How much is let through at once, and how much may wait. */
export interface TurnLimits {
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
  begin(): void;
}

interface Holder {
  running: number;
  readonly queue: Waiting[];
}

/**
 * Lets holders (organizations) do their work in turns: whoever asks for much waits behind its own, and not others behind it.
 * Within one holder the order is that of asking.
 */
export class Turns {
  readonly #limits: TurnLimits;
  readonly #holders = new Map<string, Holder>();
  /** Those that wait and may have one more place, in the order of their turns. */
  readonly #next = new Set<Holder>();
  #free: number;
  #waiting = 0;

  constructor(limits: TurnLimits) {
    this.#limits = limits;
    this.#free = limits.places;
  }

  /** @throws ApiError UNAVAILABLE where too much waits already, or it waited too long; nothing was begun then */
  async take<T>(name: string, work: () => Promise<T>): Promise<T> {
    let holder = this.#holders.get(name);
    if (!holder) {
      holder = { running: 0, queue: [] };
      this.#holders.set(name, holder);
    }
    if (this.#free > 0 && holder.running < this.#limits.placesEach && holder.queue.length === 0) {
      this.#free--;
      holder.running++;
    } else await this.#wait(holder);
    try {
      return await work();
    } finally {
      this.#free++;
      holder.running--;
      if (holder.queue.length > 0) this.#next.add(holder);
      else if (holder.running === 0) this.#holders.delete(name);
      this.#go();
    }
  }

  #wait(holder: Holder): Promise<void> {
    const { waitingEach, waiting: most, patienceMs, placesEach } = this.#limits;
    if (holder.queue.length >= waitingEach || this.#waiting >= most) return Promise.reject(tooMuch());
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        begin() {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        holder.queue.splice(holder.queue.indexOf(waiting), 1);
        this.#waiting--;
        if (holder.queue.length === 0) this.#next.delete(holder);
        reject(tooMuch());
      }, patienceMs);
      holder.queue.push(waiting);
      this.#waiting++;
      if (holder.running < placesEach) this.#next.add(holder);
    });
  }

  #go(): void {
    for (const holder of this.#next) {
      if (this.#free === 0) return;
      // Out of the order and, where it has more to do, in again at its end.
      this.#next.delete(holder);
      const waiting = holder.queue.shift();
      if (!waiting) continue;
      this.#waiting--;
      this.#free--;
      holder.running++;
      if (holder.queue.length > 0 && holder.running < this.#limits.placesEach) this.#next.add(holder);
      waiting.begin();
    }
  }
}

const tooMuch = () =>
  new ApiError('UNAVAILABLE', 'Too much is asked for at once. Try again in a second, or ask for less.', undefined, 1);
