const tickMs = 60_000;
/** Minutes of quiet, with a connection, after which a later cursor is taken; the server refuses one after 7 days. */
const takenAfter = 60;
/** Minutes, with a connection, after which it is used: every change before it has come by then. */
const usedAfter = takenAfter + 10;

interface Renewed {
  /** The cursor of the last update that arrived. */
  arrived(): string | undefined;
  /** A cursor: subscribing after it gets every change that follows this call. */
  cursorOfNow(): Promise<string | undefined>;
  /** Called with a later cursor, if no update has brought one. */
  moveTo(cursor: string): void;
}

/**
 * Moves the cursor of a quiet subscription on: else it would expire without any update, and the next connection would be refused. What
 * counts is the time with a connection, over all of them, beyond the first minute of each: by then, what came before has come again.
 */
export class CursorRenewal {
  readonly #renewed: Renewed;
  #standing: string | undefined;
  #taken: string | undefined;
  #minutes = 0;

  constructor(renewed: Renewed) {
    this.#renewed = renewed;
  }

  /** A connection is up. @returns says that it is not any more */
  connected(): () => void {
    const timer = setInterval(() => this.#minute(), tickMs);
    return () => clearInterval(timer);
  }

  #minute(): void {
    const { arrived, cursorOfNow, moveTo } = this.#renewed;
    if (arrived() !== this.#standing) this.#beginAnew();
    this.#minutes += 1;
    if (this.#minutes === takenAfter) {
      const standing = this.#standing;
      cursorOfNow().then(
        (cursor) => {
          if (standing === this.#standing) this.#taken = cursor;
        },
        // An hour later is early enough.
        () => this.#beginAnew(),
      );
    } else if (this.#minutes >= usedAfter && this.#taken !== undefined) {
      moveTo(this.#taken);
      this.#beginAnew();
    }
  }

  #beginAnew(): void {
    this.#standing = this.#renewed.arrived();
    this.#taken = undefined;
    this.#minutes = 0;
  }
}
