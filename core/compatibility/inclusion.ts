import type { Place } from '../jsonSchema/schemaDocument.ts';
import { arrayDifferences } from './arrays.ts';
import { alternativeDifferences, conditionDifferences } from './combining.ts';
import { type Comparison, dataBy } from './comparison.ts';
import { type Difference, differs, merged } from './difference.ts';
import { allKinds, conjuncts, type Data, kindsOf, valuesOf } from './facts.ts';
import { objectDifferences } from './objects.ts';
import { type Kind, objectOf, type ReadSchema } from './readSchema.ts';
import { SameSchemas } from './sameSchemas.ts';
import { isWhole, numberDifferences, stringDifferences } from './scalars.ts';
import { eachValue, listedValues } from './values.ts';
import { forEach, perLook, Steps, TooLong, type Work } from './work.ts';

/** Further differences say nothing new. */
const maxDifferences = 20;

/**
 * Whether a reader's schema accepts all data that another schema accepts.
 *
 * Empty means: certainly. It proves keyword by keyword that what is known of the data implies what the reader demands. What it cannot
 * prove is a difference, even where no such data exists.
 */
export function* differences(data: ReadSchema, reader: ReadSchema): Work<Difference[]> {
  try {
    const found = yield* new Inclusion(data, reader).check(dataBy([data.root], new Set(allKinds)), reader.root, 'data');
    // Where nothing at all is known of the data, its whole schema says so.
    return found.slice(0, maxDifferences).map((one) => (one.inData === '' ? { ...one, inData: data.root.path } : one));
  } catch (error) {
    if (!(error instanceof TooLong) && !(error instanceof RangeError)) throw error;
    const reason = 'the schemas are too large to be compared';
    return [{ path: 'data', inData: data.root.path, inReader: reader.root.path, reason, decided: false }];
  }
}

class Inclusion implements Comparison {
  readonly data: ReadSchema;
  readonly reader: ReadSchema;
  readonly same: SameSchemas;
  readonly steps = new Steps();
  readonly #ids = new Map<unknown, number>();
  /**
   * What is shown, or is being shown just now: recursive schemas come back to it deeper in the value, and every value ends. What rests on
   * an attempt that failed is taken out again.
   */
  readonly #shown = new Set<string>();
  readonly #log: string[] = [];

  constructor(data: ReadSchema, reader: ReadSchema) {
    this.data = data;
    this.reader = reader;
    this.same = new SameSchemas(data, reader, this.steps);
    for (const schema of [data, reader]) schema.steps = this.steps;
  }

  *check(given: Data, reader: Place, path: string): Work<Difference[]> {
    this.steps.spend(perLook);
    if (this.steps.isDue) yield this.steps.piece();
    if (reader.schema === true) return [];
    const schemas = yield* conjuncts(this.data, given.schemas);
    if (schemas === null) return [];
    const kinds = new Set(given.kinds);
    for (const place of schemas) {
      const own = yield* kindsOf(this.data, place);
      for (const kind of kinds) if (!own.has(kind)) kinds.delete(kind);
    }
    if (kinds.size === 0) return [];
    this.steps.spend(schemas.length * perLook);
    const data: Data = { schemas, kinds, chosen: given.chosen };
    const key = this.#keyOf(data, reader);
    if (this.#shown.has(key)) return [];
    this.#shown.add(key);
    this.#log.push(key);
    for (const place of schemas) if (yield* this.same.are(place, reader)) return [];
    const values = listedValues(data);
    if (values) return yield* eachValue(this, data, values, reader, path);
    const undivided = yield* this.#trying(this.#keywords(data, reader, path));
    if (undivided.length === 0) return [];
    const divided = this.#divided(data);
    if (divided === null) return undivided;
    const found = yield* forEach(divided, (one) => this.check(one, reader, path));
    return found.length > 0 && found.length >= undivided.length ? undivided : merged(found);
  }

  attempt(data: Data, reader: Place, path: string): Work<Difference[]> {
    return this.#trying(this.check(data, reader, path));
  }

  *#trying(work: Work<Difference[]>): Work<Difference[]> {
    const before = this.#log.length;
    const found = yield* work;
    if (found.length > 0) for (const key of this.#log.splice(before)) this.#shown.delete(key);
    return found;
  }

  #keyOf({ schemas, kinds, chosen }: Data, reader: Place): string {
    const id = (of: unknown) => {
      const known = this.#ids.get(of);
      if (known !== undefined) return known;
      this.#ids.set(of, this.#ids.size);
      return this.#ids.size - 1;
    };
    const ids = (all: Iterable<unknown>) => [...all].map(id).sort((one, other) => one - other);
    return [ids(schemas.map(({ schema }) => schema)), [...kinds], ids(chosen), id(reader.schema), reader.path].join(
      '|',
    );
  }

  /** The data by one choice that it leaves open; null where there is none. */
  #divided(data: Data): Data[] | null {
    const { schemas, kinds, chosen } = data;
    for (const place of schemas) {
      for (const keyword of ['anyOf', 'oneOf']) {
        const choice = objectOf(place)[keyword];
        if (!Array.isArray(choice) || chosen.has(choice)) continue;
        return this.data
          .listed(place, keyword)
          .map((one) => ({ schemas: [...schemas, one], kinds, chosen: new Set([...chosen, choice]) }));
      }
      const condition = this.data.within(place, 'if');
      if (condition === undefined || chosen.has(condition.schema)) continue;
      const then = this.data.within(place, 'then');
      const otherwise = this.data.within(place, 'else');
      const decided = new Set([...chosen, condition.schema]);
      return [
        { schemas: [...schemas, condition, ...(then ? [then] : [])], kinds, chosen: decided },
        { schemas: [...schemas, ...(otherwise ? [otherwise] : [])], kinds, chosen: decided },
      ];
    }
    if (kinds.size < 2) return null;
    return [...kinds].map((kind) => ({ ...data, kinds: new Set([kind]) }));
  }

  *#keywords(data: Data, reader: Place, path: string): Work<Difference[]> {
    if (reader.schema === false) return [differs(data, reader, path, 'may be there, which the reader refuses')];
    const target = this.reader.target(reader);
    const found = [
      ...(target ? yield* this.check(data, target, path) : []),
      ...(yield* forEach(this.reader.listed(reader, 'allOf'), (each) => this.check(data, each, path))),
      ...(yield* alternativeDifferences(this, data, reader, path)),
      ...(yield* conditionDifferences(this, data, reader, path)),
      ...kindDifferences(data, reader, path),
    ];
    // What a keyword says holds for one kind: several are looked at again when the data is divided.
    for (const kind of data.kinds) {
      found.push(...(yield* this.#ofKind({ ...data, kinds: new Set([kind]) }, kind, reader, path)));
    }
    return found;
  }

  *#ofKind(data: Data, kind: Kind, reader: Place, path: string): Work<Difference[]> {
    if (kind === 'number') return numberDifferences(data, reader, path);
    if (kind === 'string') return stringDifferences(data, reader, path);
    if (kind === 'array') return yield* arrayDifferences(this, data, reader, path);
    if (kind === 'object') return yield* objectDifferences(this, data, reader, path);
    return [];
  }
}

/** What `type`, `enum` and `const` of the reader refuse. */
function kindDifferences(data: Data, reader: Place, path: string): Difference[] {
  const { schemas, kinds } = data;
  const schema = objectOf(reader);
  const named = schema.type === undefined ? null : ([schema.type].flat() as string[]);
  const taken = (kind: Kind) =>
    named === null || named.includes(kind) || (kind === 'number' && named.includes('integer') && isWhole(schemas));
  const refused = [...kinds].filter((kind) => !taken(kind));
  if (refused.length > 0) {
    const shown = refused.map((kind) => (kind === 'number' && isWhole(schemas) ? 'integer' : kind));
    const reason = `may be ${shown.join(' or ')}, and the reader takes ${named?.join(' or ')}`;
    return [differs(data, reader, path, reason, 'type')];
  }
  if (valuesOf(reader) === null) return [];
  return [differs(data, reader, path, 'may be more than the values that the reader lists', 'enum')];
}
