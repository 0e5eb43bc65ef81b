/** Work that others can have the thread between: it yields how many schemas it has looked at since it last did. */
export type Work<Result> = Generator<number, Result>;

/** After so many schemas a piece may end: going in and out of work costs by itself. */
const perPiece = 32;

/** Counts the schemas of a piece of work. */
export class Pieces {
  #schemas = 0;

  /** Counts one. @returns whether the piece may end: then yield {@link end} */
  next(): boolean {
    this.#schemas += 1;
    return this.#schemas >= perPiece;
  }

  /** @returns the schemas of the piece */
  end(): number {
    const schemas = this.#schemas;
    this.#schemas = 0;
    return schemas;
  }
}

/** Does work to its end at once. */
export function atOnce<Result>(work: Work<Result>): Result {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
