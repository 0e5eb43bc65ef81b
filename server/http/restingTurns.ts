import { Turns } from '../../core/fairness/turns.ts';
import { ApiError } from '../../core/ground/errors.ts';

/** Pieces of work of one tenant that wait for their turn. */
const mostWaiting = 50;
/** How long the thread is left to others after a piece of work, in lengths of that work. */
const restFactor = 2;

/**
 * Work that takes the thread, which serves everybody, for some tens of milliseconds: one piece at a time, tenant by tenant, and
 * after each a rest in which others get their turn. However many ask for it, it takes a third of the thread.
 */
export class RestingTurns {
  readonly #waiting = new Turns<() => void>();
  #busy = false;

  /**
   * Does the work when its turn comes.
   *
   * @throws ApiError RATE_LIMITED where too much of the tenant's waits already
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
   * Begins the work when its turn comes: the turn lasts as long as it holds the thread, and what it waits for then is not part of it.
   *
   * @throws ApiError RATE_LIMITED where too much of the tenant's waits already
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
    if (this.#waiting.of(tenant) >= mostWaiting) {
      throw new ApiError(
        'RATE_LIMITED',
        'Too many long documents of this organization wait to be checked. Try again in a second, and send values as variables.',
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
