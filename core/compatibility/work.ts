import { Pieces } from '../jsonSchema/pieces.ts';

/** Work in pieces, so that others have the thread between them: each piece says how many steps it took. */
export type Work<Result> = Generator<number, Result>;

/** What one look at a pair of schemas costs, in the steps of a check of a value. */
export const perLook = 200;
/** Steps after which no answer is given: some 100 ms. */
const maxSteps = 20_000 * perLook;

/** The schemas take too long to compare. */
export class TooLong extends Error {}

/** The steps of one comparison. */
export class Steps extends Pieces {
  #all = 0;

  /** @throws TooLong */
  override spend(steps: number): void {
    super.spend(steps);
    this.#all += steps;
    if (this.#all > maxSteps) throw new TooLong();
  }
}

/** What the work finds for each of the items. */
export function* forEach<Item, Found>(items: Iterable<Item>, work: (item: Item) => Work<Found[]>): Work<Found[]> {
  const found: Found[] = [];
  for (const item of items) for (const one of yield* work(item)) found.push(one);
  return found;
}

/** Whether the work says yes to all of the items. It ends at the first no. */
export function* forAll<Item>(items: Iterable<Item>, work: (item: Item) => Work<boolean>): Work<boolean> {
  for (const item of items) if (!(yield* work(item))) return false;
  return true;
}

/** Does work to its end at once. */
export function atOnce<Result>(work: Work<Result>): Result {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
