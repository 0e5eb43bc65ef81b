import { Turns } from '../../core/fairness/turns.ts';
import { ApiError } from '../../core/ground/errors.ts';

/** Pieces of work of one tenant that may wait for their turn. */
const maxWaiting = 50;
/** How long the thread rests after a piece of work, as a multiple of that work's duration. */
const restFactor = 2;

/**
 * Runs work that occupies the shared thread for some tens of milliseconds: one piece at a time, in turns among tenants,
 * with a rest after each for everything else. However many ask, this takes at most a third of the thread.
 */
export class RestingTurns {
  readonly #waiting = new Turns<() => void>();
  #busy = false;

  /**
   * Runs the work when its turn comes.
   *
   * @throws ApiError RATE_LIMITED if too much of the tenant's work waits already
   */
  async take<T>(tenant: string, work: () => T | Promise<T>): Promise<T> {
    await this.#turn(tenant);
    const began = performance.now();
    try {
      return await work();
    } finally {
      setTimeout(() => this.#next(), restFactor * (performance.now() - began));
    }
  }

  /**
   * Starts the work when its turn comes. The turn lasts only as long as the work holds the thread, not while it waits.
   *
   * @throws ApiError RATE_LIMITED if too much of the tenant's work waits already
   */
  async begin<T>(tenant: string, work: () => Promise<T>): Promise<T> {
    await this.#turn(tenant);
    const began = performance.now();
    const result = work();
    setTimeout(() => this.#next(), restFactor * (performance.now() - began));
    return result;
  }

  async #turn(tenant: string): Promise<void> {
    if (!this.#busy) {
      this.#busy = true;
      return;
    }
    if (this.#waiting.of(tenant) >= maxWaiting) {
      throw new ApiError(
        'RATE_LIMITED',
        'Too many long documents of this organization wait to be checked. Send values as variables, and try again in a second.',
        undefined,
        1,
      );
    }
    await new Promise<void>((enter) => this.#waiting.add(tenant, enter));
  }

  #next(): void {
    const enter = this.#waiting.take();
    if (enter) enter();
    else this.#busy = false;
  }
}
