/** A piece has at least these steps: a tenth of a millisecond. */
const leastOfPiece = 4_000;

/** Divides work into pieces, so that others have the thread between them. */
export class Pieces {
  #steps = 0;

  spend(steps: number): void {
    this.#steps += steps;
  }

  /** Whether a piece may end here: to go in and out of work costs by itself. */
  get isDue(): boolean {
    return this.#steps >= leastOfPiece;
  }

  /** Ends a piece. @returns the steps that it took */
  piece(): number {
    const steps = this.#steps;
    this.#steps = 0;
    return steps;
  }
}
