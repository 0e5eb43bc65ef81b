import { equal } from '../json/equal.ts';
import { type Schema, subschemaKeywords } from '../jsonSchema/keywords.ts';
import type { Place } from '../jsonSchema/schemaDocument.ts';
import { sizeOf } from '../jsonSchema/sizeOf.ts';
import { objectOf, type ReadSchema } from './readSchema.ts';
import { forAll, perLook, type Steps, type Work } from './work.ts';

/** Keywords that no value is checked by. */
const silent = new Set(
  [
    '$id $schema $comment $anchor $dynamicAnchor $defs definitions $vocabulary',
    'title description default examples deprecated readOnly writeOnly contentEncoding contentMediaType contentSchema',
  ]
    .join(' ')
    .split(' '),
);

/** Pairs that are the same if those are that are compared just now. */
type Assumed = (readonly [Schema, Schema])[];

/** Finds out whether schemas of two documents say the same, by what they and all that they refer to are written as. */
export class SameSchemas {
  readonly #one: ReadSchema;
  readonly #other: ReadSchema;
  /** Schemas that are the same, or would be if those are that are compared just now. */
  readonly #same = new Map<Schema, Set<Schema>>();
  readonly #different = new Map<Schema, Set<Schema>>();
  readonly #steps: Steps;

  constructor(one: ReadSchema, other: ReadSchema, steps: Steps) {
    this.#one = one;
    this.#other = other;
    this.#steps = steps;
  }

  are(one: Place, other: Place): Work<boolean> {
    return this.#assuming((assumed) => this.#compare(one, other, assumed));
  }

  /** Whether both have these keywords with the same values, or neither has them. */
  *haveAll(one: Place, other: Place, keywords: readonly string[]): Work<boolean> {
    for (const keyword of keywords) {
      if (!Object.hasOwn(objectOf(one), keyword) && !Object.hasOwn(objectOf(other), keyword)) continue;
      if (!(yield* this.#assuming((assumed) => this.#keyword(one, other, keyword, assumed)))) return false;
    }
    return true;
  }

  *#assuming(compare: (assumed: Assumed) => Work<boolean>): Work<boolean> {
    const assumed: Assumed = [];
    if (yield* compare(assumed)) return true;
    for (const [a, b] of assumed) this.#same.get(a)?.delete(b);
    return false;
  }

  *#compare(one: Place, other: Place, assumed: Assumed): Work<boolean> {
    const [a, b] = [one.schema, other.schema];
    if (typeof a === 'boolean' || typeof b === 'boolean') return a === b;
    if (this.#same.get(a)?.has(b)) return true;
    if (this.#different.get(a)?.has(b)) return false;
    this.#steps.spend(perLook);
    if (this.#steps.isDue) yield this.#steps.piece();
    this.#same.set(a, (this.#same.get(a) ?? new Set()).add(b));
    assumed.push([a, b]);
    const keywords = Object.keys(a).filter((keyword) => !silent.has(keyword));
    const same =
      keywords.length === Object.keys(b).filter((keyword) => !silent.has(keyword)).length &&
      (yield* forAll(keywords, (keyword) => this.#keyword(one, other, keyword, assumed)));
    // What was assumed on the way only makes more of them the same.
    if (!same) this.#different.set(a, (this.#different.get(a) ?? new Set()).add(b));
    return same;
  }

  *#both(one: Place | undefined, other: Place | undefined, assumed: Assumed): Work<boolean> {
    return one !== undefined && other !== undefined && (yield* this.#compare(one, other, assumed));
  }

  *#keyword(one: Place, other: Place, keyword: string, assumed: Assumed): Work<boolean> {
    const [a, b] = [objectOf(one), objectOf(other)];
    if (!Object.hasOwn(a, keyword) || !Object.hasOwn(b, keyword)) return false;
    // Where a dynamic reference leads is not decided here.
    if (keyword === '$dynamicRef') return false;
    const compare = (mine: Place | undefined, its: Place | undefined) => this.#both(mine, its, assumed);
    if (keyword === '$ref') return yield* compare(this.#one.target(one), this.#other.target(other));
    const within = (key?: string | number) =>
      compare(this.#one.within(one, keyword, key), this.#other.within(other, keyword, key));
    switch (subschemaKeywords.get(keyword)) {
      case 'one':
        return yield* within();
      case 'list': {
        const [mine, its] = [a[keyword] as unknown[], b[keyword] as unknown[]];
        return mine.length === its.length && (yield* forAll(mine.keys(), within));
      }
      case 'named': {
        const [mine, its] = [Object.keys(a[keyword] as object), Object.keys(b[keyword] as object)];
        return mine.length === its.length && (yield* forAll(mine, within));
      }
      default:
        this.#steps.spend(sizeOf(a[keyword]));
        return equal(a[keyword], b[keyword]);
    }
  }
}
