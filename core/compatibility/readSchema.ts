import { isObject } from '../json/isObject.ts';
import { Compiler } from '../jsonSchema/compiler.ts';
import { isSchema, type Schema, type TypeName } from '../jsonSchema/keywords.ts';
import { memberPath } from '../jsonSchema/path.ts';
import { Pieces } from '../jsonSchema/pieces.ts';
import { Run, TooMuchWork } from '../jsonSchema/run.ts';
import { type Place, SchemaDocument } from '../jsonSchema/schemaDocument.ts';
import type { Work } from './work.ts';

/** Steps that one check of one value may take here: schemas name their values in short. */
const maxSteps = 20_000;
const maxPatternWork = 5_000;
/** What asking costs by itself. */
const perQuestion = 20;
/** What looking for a schema within another costs. */
const perPart = 4;

/** The kinds of JSON values: numbers are one, whole or not. */
export type Kind = Exclude<TypeName, 'integer'>;

export type SchemaObject = Readonly<Record<string, unknown>>;

export const objectOf = (place: Place): SchemaObject => place.schema as SchemaObject;

/** A schema with all that its comparison with another one asks. */
export class ReadSchema {
  readonly document: SchemaDocument;
  /** The kinds of values that its schemas may accept, as far as they were asked for. */
  readonly kinds = new Map<Schema, ReadonlySet<Kind>>();
  /** Told of what is asked; a comparison that has no more steps ends it by throwing. */
  steps = new Pieces();
  readonly #compiler: Compiler;

  private constructor(document: SchemaDocument, compiler: Compiler) {
    this.document = document;
    this.#compiler = compiler;
  }

  /** @throws ApiError where it is not valid: an old version of Everhook may have accepted what this one does not */
  static *read(schema: Schema, field: string): Work<ReadSchema> {
    const document = yield* SchemaDocument.read(schema, field);
    const compiler = new Compiler(document);
    yield* compiler.compile();
    return new ReadSchema(document, compiler);
  }

  get root(): Place {
    return this.document.root;
  }

  /** A schema within another; undefined where there is none. */
  within(place: Place, keyword: string, key?: string | number): Place | undefined {
    this.steps.spend(perPart);
    const value = objectOf(place)[keyword];
    const found = key === undefined ? value : ownOf(value, key);
    if (!isSchema(found)) return undefined;
    const at = memberPath(place.path, keyword);
    return this.document.placeOf(found, key === undefined ? at : memberPath(at, key), place);
  }

  /** The schemas of a keyword that holds a list. */
  listed(place: Place, keyword: string): Place[] {
    const list = objectOf(place)[keyword];
    return Array.isArray(list) ? list.flatMap((_, index) => this.within(place, keyword, index) ?? []) : [];
  }

  target(place: Place): Place | undefined {
    const { $ref } = objectOf(place);
    return typeof $ref === 'string' ? this.document.find($ref, place) : undefined;
  }

  /** Whether a schema accepts a value; null where that takes too long to say. */
  accepts(place: Place, value: unknown): boolean | null {
    return this.#answer((run) => this.#compiler.checkAt(place)(value, run));
  }

  /** Whether a name has a match of a pattern of the schema; null where that takes too long to say. */
  matches(pattern: string, name: string): boolean | null {
    return this.#answer((run) => this.#compiler.matches(pattern, name, run));
  }

  #answer(ask: (run: Run) => boolean): boolean | null {
    const run = new Run(maxSteps, maxPatternWork, null);
    try {
      const fits = ask(run);
      return run.questions.length > 0 || run.isTimedOut ? null : fits;
    } catch (error) {
      if (error instanceof TooMuchWork || error instanceof RangeError) return null;
      throw error;
    } finally {
      this.steps.spend(perQuestion + maxSteps - run.steps + maxPatternWork - run.patternWork + run.otherSteps);
    }
  }
}

const ownOf = (value: unknown, key: string | number): unknown =>
  (Array.isArray(value) || isObject(value)) && Object.hasOwn(value, key)
    ? (value as Record<string | number, unknown>)[key]
    : undefined;
