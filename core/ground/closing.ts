import type { Logger } from 'pino';

/** What was opened and is to be closed, in the reverse order of its opening. */
export class Closing {
  readonly #closers: (() => unknown)[] = [];
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @returns the part, which is closed before all that were added earlier */
  add<Part extends { close(): unknown }>(part: Part): Part {
    this.defer(() => part.close());
    return part;
  }

  /** @param close - called before all that were added earlier are closed */
  defer(close: () => unknown): void {
    this.#closers.push(close);
  }

  /** Closes everything, one after another. A part that fails is logged, and the others are closed all the same. */
  async close(): Promise<void> {
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) {
      try {
        await close();
      } catch (error) {
        this.#log.error({ err: error }, 'a part of the process did not close as it should');
      }
    }
  }
}
