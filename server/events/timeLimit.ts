import { createContext, Script } from 'node:vm';

/** The time of a {@link TimeLimit} is over. */
export class TimeOver extends Error {}

/** Work that is interrupted is entered from here; nothing else is in this context. */
const entrance: { work: () => void } = { work() {} };
const context = createContext(entrance);
const script = new Script('work()');

/**
 * Time for work that somebody else's rules govern, and that may take out of all proportion to what it is given: even a
 * pattern's search is interrupted. All that runs under one limit shares its time.
 */
export class TimeLimit {
  #leftMs: number;

  constructor(milliseconds: number) {
    this.#leftMs = milliseconds;
  }

  /**
   * Costs some 50 µs more than the work itself.
   *
   * @throws TimeOver
   */
  run<T>(work: () => T): T {
    if (this.#leftMs < 1) throw new TimeOver();
    let result: { value: T } | undefined;
    entrance.work = () => {
      result = { value: work() };
    };
    const beganAt = performance.now();
    try {
      script.runInContext(context, { timeout: Math.ceil(this.#leftMs) });
    } catch (error) {
      if ((error as { code?: string }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw new TimeOver();
      throw error;
    } finally {
      this.#leftMs -= performance.now() - beganAt;
      entrance.work = () => {};
    }
    return (result as { value: T }).value;
  }
}
