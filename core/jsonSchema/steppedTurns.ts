import { Turns } from '../fairness/turns.ts';

/** Steps before other work gets this thread: about two milliseconds. */
const stepsPerTurn = 200_000;
/** Approximate steps in a millisecond of usual checks. The dearest steps take several times as long. */
const stepsPerMs = 80_000;

/** A result of work for a tenant, and how many steps it took. */
export interface Stepwise {
  readonly steps: number;
}

interface Waiting {
  start(): number;
}

/**
 * Shares the main thread: after a turn of steps for tenants' schemas, everything else has the thread for as long as the turn took.
 * Within the turns, tenants alternate. So the tenant with the most to check is the one that waits.
 *
 * Work that takes longer than its steps say is charged for the time that it takes: what steps are worth may be wrong, a clock is not.
 */
export class SteppedTurns {
  #stepsLeft = stepsPerTurn;
  #beganAt = performance.now();
  #isOver = false;
  readonly #waiting = new Turns<Waiting>();

  /** Runs the work at once while the turn lasts, later otherwise. An error of the work is thrown here, or rejects the promise. */
  run<T extends Stepwise>(tenant: string, work: () => T): T | Promise<T> {
    if (!this.#isOver) {
      const startedAt = performance.now();
      // Work that fails reports no steps: a whole turn is charged for it.
      let steps = stepsPerTurn;
      try {
        const result = work();
        steps = result.steps;
        return result;
      } finally {
        this.#charge(steps, startedAt);
        this.#pauseIfOver();
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
            return stepsPerTurn;
          }
        },
      };
      this.#waiting.add(tenant, waiting);
    });
  }

  #charge(steps: number, startedAt: number): void {
    this.#stepsLeft -= Math.max(steps, (performance.now() - startedAt) * stepsPerMs);
  }

  #pauseIfOver(): void {
    if (this.#stepsLeft > 0 || this.#isOver) return;
    this.#isOver = true;
    this.#pause();
  }

  /** Leaves half of the time to other work. A turn that was spread over a long time needs hardly any pause. */
  #pause(): void {
    const workedMs = (stepsPerTurn - this.#stepsLeft) / stepsPerMs;
    const restMs = 2 * workedMs - (performance.now() - this.#beganAt);
    if (restMs >= 1) setTimeout(() => this.#nextTurn(), restMs);
    else setImmediate(() => this.#nextTurn());
  }

  #nextTurn(): void {
    this.#stepsLeft = stepsPerTurn;
    this.#beganAt = performance.now();
    while (this.#stepsLeft > 0) {
      const next = this.#waiting.take();
      if (!next) {
        this.#isOver = false;
        return;
      }
      const startedAt = performance.now();
      this.#charge(next.start(), startedAt);
    }
    this.#pause();
  }
}
