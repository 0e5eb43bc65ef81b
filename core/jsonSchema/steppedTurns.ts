import { Turns } from '../fairness/turns.ts';

/** Steps between two looks at what else waits for this thread: about two milliseconds. */
const stepsOfTurn = 100_000;
/** Steps of a millisecond, about. */
const stepsOfMs = 40_000;

/** Work on tenants' behalf, and how many steps it took. */
export interface Stepwise {
  readonly steps: number;
}

interface Waiting {
  start(): number;
}

/**
 * Shares the thread that serves everybody: after so many steps for tenants' schemas it looks after everything else that waits, for
 * as long as those took, and of what is left each tenant has one in turn. So it is a tenant with much to check that waits.
 */
export class SteppedTurns {
  #stepsLeft = stepsOfTurn;
  #beganAt = performance.now();
  #isOver = false;
  readonly #waiting = new Turns<Waiting>();

  /** At once, as long as the turn lasts. What the work throws is thrown here, or rejects. */
  run<T extends Stepwise>(tenant: string, work: () => T): T | Promise<T> {
    if (!this.#isOver) {
      // Work that fails does not report its steps, and may have taken as many.
      let steps = stepsOfTurn;
      try {
        const result = work();
        steps = result.steps;
        return result;
      } finally {
        this.#took(steps);
      }
    }
    return new Promise<T>((resolve, reject) => {
      const waiting: Waiting = {
        start() {
          try {
            const result = work();
            resolve(result);
            return result.steps;
          } catch (error) {
            reject(error);
            return stepsOfTurn;
          }
        },
      };
      this.#waiting.add(tenant, waiting);
    });
  }

  #took(steps: number): void {
    this.#stepsLeft -= steps;
    if (this.#stepsLeft > 0 || this.#isOver) return;
    this.#isOver = true;
    this.#rest();
  }

  /** Half of the time is for others. Turns of which little was used, now and then, are hardly interrupted. */
  #rest(): void {
    const workedMs = (stepsOfTurn - this.#stepsLeft) / stepsOfMs;
    const restMs = 2 * workedMs - (performance.now() - this.#beganAt);
    if (restMs >= 1) setTimeout(() => this.#nextTurn(), restMs);
    else setImmediate(() => this.#nextTurn());
  }

  #nextTurn(): void {
    this.#stepsLeft = stepsOfTurn;
    this.#beganAt = performance.now();
    while (this.#stepsLeft > 0) {
      const next = this.#waiting.take();
      if (!next) {
        this.#isOver = false;
        return;
      }
      this.#stepsLeft -= next.start();
    }
    this.#rest();
  }
}
