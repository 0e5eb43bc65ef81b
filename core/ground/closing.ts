import type { Logger } from 'pino';

/** A part that takes longer than this to close is named in the log, in milliseconds. */
const slowMs = 5_000;

/** What was opened and is to be closed, in the reverse order of its opening. */
export class Closing {
  readonly #closers: { readonly name: string; readonly close: () => unknown }[] = [];
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  /**
   * @param name - what the log calls it
   * @returns the part, which is closed before all that were added earlier
   */
  add<Part extends { close(): unknown }>(name: string, part: Part): Part {
    this.defer(name, () => part.close());
    return part;
  }

  /** @param close - called before all that were added earlier are closed */
  defer(name: string, close: () => unknown): void {
    this.#closers.push({ name, close });
  }

  /**
   * Closes everything, one after another. A part that fails is logged, and the others are closed all the same. One that is slow is
   * logged while it is waited for, so that whoever ends the process at last knows what it waited for.
   */
  async close(): Promise<void> {
    for (let part = this.#closers.pop(); part; part = this.#closers.pop()) {
      const { name, close } = part;
      const slow = setTimeout(
        () => this.#log.info({ part: name }, 'a part of the process takes long to close, and is waited for'),
        slowMs,
      );
      try {
        await close();
      } catch (error) {
        this.#log.error({ err: error, part: name }, 'a part of the process did not close as it should');
      } finally {
        clearTimeout(slow);
      }
    }
  }
}
