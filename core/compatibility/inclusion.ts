import { multipleOf } from '../jsonSchema/decimal.ts';
import { formatCheck } from '../jsonSchema/formats.ts';
import { memberPath } from '../jsonSchema/path.ts';
import type { Place } from '../jsonSchema/schemaDocument.ts';
import {
  allKinds,
  type Bound,
  boundOf,
  conjuncts,
  type Data,
  isWithin,
  kindOf,
  kindsOf,
  namesIn,
  requiredBy,
  valuesOf,
} from './facts.ts';
import { type Kind, objectOf, type ReadSchema } from './readSchema.ts';
import { equal, SameSchemas } from './sameSchemas.ts';

/** A place where a schema may refuse data. */
export interface Difference {
  /** In the data: `data.lines[].amount`. */
  readonly path: string;
  /** In the schema that the data was written by. */
  readonly inData: string;
  /** In the schema that it is read by. */
  readonly inReader: string;
  /** What the data may be there, and what the reader takes: the end of a sentence. */
  readonly reason: string;
  /** False: whether the reader takes it cannot be decided. */
  readonly decided: boolean;
}

/** Steps after which no answer is given: some 100 ms. */
const maxSteps = 20_000;
/** Whole numbers between two bounds that are looked at one by one. */
const maxListed = 50;
/** Further differences say nothing new. */
const maxDifferences = 20;

/** The schema takes too long to compare. */
class TooLong extends Error {}

/**
 * Whether a reader's schema accepts all data that another schema accepts.
 *
 * Empty means: certainly. It proves keyword by keyword that what is known of the data implies what the reader demands. What it cannot
 * prove is a difference, even where no such data exists.
 */
export function differences(data: ReadSchema, reader: ReadSchema): Difference[] {
  const inclusion = new Inclusion(data, reader);
  try {
    const root = { schemas: [data.root], kinds: new Set(allKinds), chosen: new Set() };
    return inclusion.check(root, reader.root, 'data').slice(0, maxDifferences);
  } catch (error) {
    if (!(error instanceof TooLong) && !(error instanceof RangeError)) throw error;
    const reason = 'the schemas are too large to be compared';
    return [{ path: 'data', inData: data.root.path, inReader: reader.root.path, reason, decided: false }];
  }
}

class Inclusion {
  readonly #data: ReadSchema;
  readonly #reader: ReadSchema;
  readonly #same: SameSchemas;
  readonly #ids = new Map<unknown, number>();
  /**
   * What is shown, or is being shown just now: recursive schemas come back to it deeper in the value, and every value ends. What rests on
   * an attempt that failed is taken out again.
   */
  readonly #shown = new Set<string>();
  readonly #log: string[] = [];
  #steps = 0;

  constructor(data: ReadSchema, reader: ReadSchema) {
    this.#data = data;
    this.#reader = reader;
    this.#same = new SameSchemas(data, reader, () => this.#spend(1));
  }

  check(given: Data, reader: Place, path: string): Difference[] {
    this.#spend(1);
    if (reader.schema === true) return [];
    const schemas = conjuncts(this.#data, given.schemas);
    if (schemas === null) return [];
    const kinds = new Set(given.kinds);
    for (const place of schemas) {
      const own = kindsOf(this.#data, place);
      for (const kind of kinds) if (!own.has(kind)) kinds.delete(kind);
    }
    if (kinds.size === 0) return [];
    this.#spend(schemas.length);
    const data: Data = { schemas, kinds, chosen: given.chosen };
    const key = this.#keyOf(data, reader);
    if (this.#shown.has(key)) return [];
    this.#shown.add(key);
    this.#log.push(key);
    if (schemas.some((place) => this.#same.are(place, reader))) return [];
    const values = this.#valuesOf(data);
    if (values) return this.#eachValue(data, values, reader, path);
    const undivided = this.#attempt(() => this.#keywords(data, reader, path));
    if (undivided.length === 0) return [];
    const divided = this.#divided(data);
    if (divided === null) return undivided;
    const found = divided.flatMap((one) => this.check(one, reader, path));
    return found.length > 0 && found.length >= undivided.length ? undivided : merged(found);
  }

  #spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > maxSteps) throw new TooLong();
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

  /** @returns what the work finds; if that is anything, the work leaves nothing behind that rests on it */
  #attempt(work: () => Difference[]): Difference[] {
    const before = this.#log.length;
    const found = work();
    if (found.length > 0) for (const key of this.#log.splice(before)) this.#shown.delete(key);
    return found;
  }

  /** The values that the data has, where they can be counted. */
  #valuesOf({ schemas, kinds }: Data): readonly unknown[] | null {
    const named = schemas.map(valuesOf).find((values) => values !== null);
    if (named) return named.filter((value) => kinds.has(kindOf(value)));
    if (kinds.size === 1 && kinds.has('number') && isWhole(schemas)) {
      const least = boundOf(schemas, 'least', ['minimum', 'exclusiveMinimum'])?.value ?? Number.NaN;
      const most = boundOf(schemas, 'most', ['maximum', 'exclusiveMaximum'])?.value ?? Number.NaN;
      const count = Math.floor(most) - Math.ceil(least) + 1;
      if (count <= maxListed) return Array.from({ length: Math.max(count, 0) }, (_, index) => Math.ceil(least) + index);
    }
    if ([...kinds].some((kind) => kind !== 'null' && kind !== 'boolean')) return null;
    return [...(kinds.has('null') ? [null] : []), ...(kinds.has('boolean') ? [true, false] : [])];
  }

  #eachValue({ schemas }: Data, values: readonly unknown[], reader: Place, path: string): Difference[] {
    const refused: unknown[] = [];
    for (const value of values) {
      this.#steps++;
      if (schemas.some((place) => this.#data.accepts(place, value) === false)) continue;
      const accepted = this.#reader.accepts(reader, value);
      if (accepted === true) continue;
      if (accepted === null) return [this.#undecided(schemas, reader, path, 'a pattern takes too long here')];
      refused.push(value);
    }
    if (refused.length === 0) return [];
    const shown = JSON.stringify(refused.slice(0, 5)).slice(1, -1).slice(0, 200);
    return [this.#differs(schemas, reader, path, `may be ${shown}, which the reader refuses`)];
  }

  /** The data by one choice that it leaves open; null where there is none. */
  #divided(data: Data): Data[] | null {
    const { schemas, kinds, chosen } = data;
    for (const place of schemas) {
      for (const keyword of ['anyOf', 'oneOf']) {
        const choice = objectOf(place)[keyword];
        if (!Array.isArray(choice) || chosen.has(choice)) continue;
        return this.#data
          .listed(place, keyword)
          .map((one) => ({ schemas: [...schemas, one], kinds, chosen: new Set([...chosen, choice]) }));
      }
      const condition = this.#data.within(place, 'if');
      if (condition === undefined || chosen.has(condition.schema)) continue;
      const then = this.#data.within(place, 'then');
      const otherwise = this.#data.within(place, 'else');
      const decided = new Set([...chosen, condition.schema]);
      return [
        { schemas: [...schemas, condition, ...(then ? [then] : [])], kinds, chosen: decided },
        { schemas: [...schemas, ...(otherwise ? [otherwise] : [])], kinds, chosen: decided },
      ];
    }
    if (kinds.size < 2) return null;
    return [...kinds].map((kind) => ({ ...data, kinds: new Set([kind]) }));
  }

  #keywords(data: Data, reader: Place, path: string): Difference[] {
    if (reader.schema === false)
      return [this.#differs(data.schemas, reader, path, 'may be there, which the reader refuses')];
    const target = this.#reader.target(reader);
    const found = [
      ...(target ? this.check(data, target, path) : []),
      ...this.#reader.listed(reader, 'allOf').flatMap((each) => this.check(data, each, path)),
      ...this.#alternatives(data, reader, path),
      ...this.#conditions(data, reader, path),
      ...this.#kinds(data, reader, path),
    ];
    const [kind, ...others] = data.kinds;
    if (kind === undefined) return found;
    // What a keyword says holds for one kind: the others are looked at when the data is divided.
    if (others.length > 0) {
      const each = [...data.kinds].map((one) => ({ ...data, kinds: new Set([one]) }));
      return [...found, ...each.flatMap((one) => this.#ofKind(one, reader, path))];
    }
    return [...found, ...this.#ofKind(data, reader, path)];
  }

  #ofKind(data: Data, reader: Place, path: string): Difference[] {
    const [kind] = data.kinds;
    if (kind === 'number') return this.#number(data, reader, path);
    if (kind === 'string') return this.#string(data, reader, path);
    if (kind === 'array') return this.#array(data, reader, path);
    if (kind === 'object') return this.#object(data, reader, path);
    return [];
  }

  #kinds({ schemas, kinds }: Data, reader: Place, path: string): Difference[] {
    const schema = objectOf(reader);
    const named = schema.type === undefined ? null : ([schema.type].flat() as string[]);
    const taken = (kind: Kind) =>
      named === null || named.includes(kind) || (kind === 'number' && named.includes('integer') && isWhole(schemas));
    const refused = [...kinds].filter((kind) => !taken(kind));
    if (refused.length > 0) {
      const shown = refused.map((kind) => (kind === 'number' && isWhole(schemas) ? 'integer' : kind));
      return [
        this.#differs(
          schemas,
          reader,
          path,
          `may be ${shown.join(' or ')}, and the reader takes ${named?.join(' or ')}`,
          'type',
        ),
      ];
    }
    if (valuesOf(reader) === null) return [];
    return [this.#differs(schemas, reader, path, 'may be more than the values that the reader lists', 'enum')];
  }

  #alternatives(data: Data, reader: Place, path: string): Difference[] {
    const found: Difference[] = [];
    for (const keyword of ['anyOf', 'oneOf'] as const) {
      const each = this.#reader.listed(reader, keyword);
      if (each.length === 0) continue;
      if (data.schemas.some((place) => this.#same.haveSame(place, reader, keyword))) continue;
      const tried = each.map((one) => this.#attempt(() => this.check(data, one, path)));
      const fitting = tried.flatMap((differing, index) => (differing.length === 0 ? [index] : []));
      if (fitting.length === 0) {
        const decided = tried.every((differing) => differing.some((one) => one.decided));
        const nearest = tried.toSorted((one, other) => one.length - other.length)[0]?.[0];
        const reason = `may be what fits none of the reader’s ${each.length} alternatives${nearest ? `: nearest, ${nearest.path} ${nearest.reason}` : ''}`;
        found.push({ ...this.#differs(data.schemas, reader, path, reason, keyword), decided });
      } else if (keyword === 'oneOf') {
        const certain = fitting.some((index) =>
          each.every((other, at) => at === index || this.#isDisjoint(data, other)),
        );
        if (!certain)
          found.push(
            this.#undecided(data.schemas, reader, path, 'more than one of the reader’s "oneOf" may fit', keyword),
          );
      }
    }
    return found;
  }

  #conditions(data: Data, reader: Place, path: string): Difference[] {
    const found: Difference[] = [];
    const same = (...keywords: string[]) =>
      data.schemas.some((place) =>
        keywords.every(
          (keyword) =>
            (!Object.hasOwn(objectOf(reader), keyword) && !Object.hasOwn(objectOf(place), keyword)) ||
            this.#same.haveSame(place, reader, keyword),
        ),
      );
    const cannot = (keyword: string) =>
      found.push(this.#undecided(data.schemas, reader, path, `the reader’s "${keyword}" cannot be compared`, keyword));
    const not = this.#reader.within(reader, 'not');
    if (not && !same('not') && !this.#isDisjoint(data, not)) cannot('not');
    const condition = this.#reader.within(reader, 'if');
    const then = this.#reader.within(reader, 'then');
    const otherwise = this.#reader.within(reader, 'else');
    if (condition && (then || otherwise) && !same('if', 'then', 'else')) {
      const fits = (branch: Place | undefined) =>
        branch === undefined || this.#attempt(() => this.check(data, branch, path)).length === 0;
      const never = this.#isDisjoint(data, condition);
      if (!(fits(otherwise) && (never || fits(then)))) cannot('if');
    }
    for (const keyword of ['$dynamicRef', 'dependencies', 'unevaluatedItems', 'unevaluatedProperties']) {
      const value = objectOf(reader)[keyword];
      if (value === undefined || value === true) continue;
      if (keyword === 'unevaluatedItems' && !data.kinds.has('array')) continue;
      if (keyword === 'unevaluatedProperties' && this.#areEvaluated(data, reader)) continue;
      cannot(keyword);
    }
    return found;
  }

  /** Whether the reader says something about all members that the data may have, whatever they hold. */
  #areEvaluated({ schemas, kinds }: Data, reader: Place): boolean {
    if (!kinds.has('object')) return true;
    const closed = this.#namesIfClosed(schemas);
    const named = new Set((conjuncts(this.#reader, [reader]) ?? []).flatMap((place) => propertiesOf(place)));
    return closed !== null && [...closed].every((name) => named.has(name));
  }

  /** Whether a schema of the reader accepts nothing of the data, for certain. */
  #isDisjoint(data: Data, reader: Place): boolean {
    this.#steps++;
    const kinds = kindsOf(this.#reader, reader);
    if (![...data.kinds].some((kind) => kinds.has(kind))) return true;
    const values = this.#valuesOf(data);
    if (values) return values.every((value) => this.#reader.accepts(reader, value) === false);
    const theirs = conjuncts(this.#reader, [reader]);
    if (theirs === null) return true;
    if (data.kinds.size > 1 || !data.kinds.has('object')) return false;
    // Told apart by a member that the data always has.
    for (const name of requiredBy(data.schemas)) {
      const mine = this.#dataOf(data, name);
      if (mine === null) continue;
      const named = mine.schemas.map(valuesOf).find((list) => list !== null);
      if (!named) continue;
      const member = theirs.flatMap((place) => this.#reader.within(place, 'properties', name) ?? []);
      if (member.some((place) => named.every((value) => this.#reader.accepts(place, value) === false))) return true;
    }
    return false;
  }

  #number({ schemas }: Data, reader: Place, path: string): Difference[] {
    const { multipleOf: divisor, format } = objectOf(reader);
    const whole = isWhole(schemas);
    const found = [
      ...this.#bound(schemas, reader, path, 'least', ['minimum', 'exclusiveMinimum'], whole),
      ...this.#bound(schemas, reader, path, 'most', ['maximum', 'exclusiveMaximum'], whole),
    ];
    if (typeof divisor === 'number') {
      const divides = multipleOf(divisor);
      const steps = schemas.flatMap((place) => objectOf(place).multipleOf ?? []) as number[];
      if (![...steps, ...(whole ? [1] : [])].some(divides)) {
        found.push(this.#differs(schemas, reader, path, `may be no multiple of ${divisor}`, 'multipleOf'));
      }
    }
    return typeof format === 'string' && numberFormats.has(format)
      ? [...found, ...this.#format(schemas, reader, path, format)]
      : found;
  }

  #string({ schemas }: Data, reader: Place, path: string): Difference[] {
    const { pattern, format } = objectOf(reader);
    const found = [
      ...this.#bound(schemas, reader, path, 'least', ['minLength'], true),
      ...this.#bound(schemas, reader, path, 'most', ['maxLength'], true),
    ];
    if (pattern !== undefined && !schemas.some((place) => objectOf(place).pattern === pattern)) {
      const reason = `may be text that the pattern ${JSON.stringify(pattern)} does not match: patterns are compared by their text`;
      const decided = !schemas.some(
        (place) => objectOf(place).pattern !== undefined || objectOf(place).format !== undefined,
      );
      found.push({ ...this.#differs(schemas, reader, path, reason, 'pattern'), decided });
    }
    if (typeof format === 'string' && numberFormats.has(format)) return found;
    return [...found, ...this.#format(schemas, reader, path, format)];
  }

  #format(schemas: readonly Place[], reader: Place, path: string, format: unknown): Difference[] {
    if (typeof format !== 'string' || formatCheck(format) === null) return [];
    if (schemas.some((place) => objectOf(place).format === format)) return [];
    const decided = !schemas.some(
      (place) => objectOf(place).pattern !== undefined || objectOf(place).format !== undefined,
    );
    return [{ ...this.#differs(schemas, reader, path, `may be no ${JSON.stringify(format)}`, 'format'), decided }];
  }

  #bound(
    schemas: readonly Place[],
    reader: Place,
    path: string,
    end: 'least' | 'most',
    names: readonly [string, string?],
    whole: boolean,
    known: Bound | null = null,
  ): Difference[] {
    const asked = boundOf([reader], end, names);
    if (asked === null) return [];
    if (names[0].startsWith('min') && names[0] !== 'minimum' && asked.value <= 0) return [];
    const tight = (bound: Bound): Bound => {
      if (!whole) return bound;
      const { value, excluded } = bound;
      if (end === 'least') return { value: excluded ? Math.floor(value) + 1 : Math.ceil(value), excluded: false };
      return { value: excluded ? Math.ceil(value) - 1 : Math.floor(value), excluded: false };
    };
    const own = boundOf(schemas, end, names);
    const kept = [own, known].filter((bound) => bound !== null).map(tight);
    if (kept.some((bound) => isWithin(bound, tight(asked), end))) return [];
    const keyword = objectOf(reader)[names[0]] === asked.value && !asked.excluded ? names[0] : (names[1] ?? names[0]);
    const reason = `may have a lower or higher ${names[0].replace(/^(min|max)imum$/, 'value').replace(/^(min|max)/, 'number of ')} than the reader’s "${keyword}" of ${asked.value} allows`;
    return [this.#differs(schemas, reader, path, reason, keyword)];
  }

  #array(data: Data, reader: Place, path: string): Difference[] {
    const { schemas } = data;
    const schema = objectOf(reader);
    const found = [
      ...this.#bound(schemas, reader, path, 'least', ['minItems'], true),
      ...this.#bound(schemas, reader, path, 'most', ['maxItems'], true, longestOf(schemas)),
    ];
    if (schema.uniqueItems === true && !schemas.some((place) => objectOf(place).uniqueItems === true)) {
      const most = boundOf(schemas, 'most', ['maxItems']);
      if (most === null || most.value > 1)
        found.push(this.#differs(schemas, reader, path, 'may have the same item twice', 'uniqueItems'));
    }
    if (schema.contains !== undefined && (schema.minContains !== 0 || schema.maxContains !== undefined)) {
      const same = schemas.some((place) =>
        ['contains', 'minContains', 'maxContains'].every(
          (keyword) =>
            (!Object.hasOwn(schema, keyword) && !Object.hasOwn(objectOf(place), keyword)) ||
            this.#same.haveSame(place, reader, keyword),
        ),
      );
      if (!same) {
        const reason = 'the reader’s "contains" cannot be compared';
        found.push(this.#undecided(schemas, reader, path, reason, 'contains'));
      }
    }
    const first = this.#reader.listed(reader, 'prefixItems');
    const rest = this.#reader.within(reader, 'items');
    if (first.length === 0 && rest === undefined) return found;
    const most = boundOf(schemas, 'most', ['maxItems'])?.value ?? Number.POSITIVE_INFINITY;
    const longest = Math.max(first.length, ...schemas.map((place) => this.#data.listed(place, 'prefixItems').length));
    for (let index = 0; index < longest && index < most; index++) {
      const taker = first[index] ?? rest;
      if (taker) found.push(...this.check(this.#itemsOf(schemas, index), taker, memberPath(path, index)));
    }
    if (rest && longest < most) found.push(...this.check(this.#itemsOf(schemas, longest), rest, `${path}[]`));
    return found;
  }

  #itemsOf(schemas: readonly Place[], index: number): Data {
    const items = schemas.flatMap(
      (place) => this.#data.within(place, 'prefixItems', index) ?? this.#data.within(place, 'items') ?? [],
    );
    return { schemas: items, kinds: new Set(allKinds), chosen: new Set() };
  }

  #object(data: Data, reader: Place, path: string): Difference[] {
    const { schemas } = data;
    const found: Difference[] = [];
    const required = requiredBy(schemas);
    // Data that must have a member which cannot be is no data.
    if ([...required].some((name) => this.#dataOf(data, name) === null)) return [];
    for (const name of requiredBy([reader])) {
      if (!required.has(name)) {
        found.push(
          this.#differs(
            schemas,
            reader,
            memberPath(path, name),
            'may be missing, and the reader requires it',
            'required',
          ),
        );
      }
    }
    const fewest = { value: required.size, excluded: false };
    found.push(...this.#bound(schemas, reader, path, 'least', ['minProperties'], true, fewest));
    const closed = this.#namesIfClosed(schemas);
    const most = closed && { value: closed.size, excluded: false };
    found.push(...this.#bound(schemas, reader, path, 'most', ['maxProperties'], true, most));
    found.push(...this.#dependencies(data, reader, path, required), ...this.#names(schemas, reader, path, closed));
    for (const name of new Set([...namesIn(schemas), ...namesIn([reader]), ...(closed ?? [])])) {
      const member = this.#dataOf(data, name);
      if (member === null) continue;
      const takers = this.#takersOf(reader, name);
      if (takers === null) {
        found.push(
          this.#undecided(
            schemas,
            reader,
            memberPath(path, name),
            'a pattern of the reader takes too long',
            'patternProperties',
          ),
        );
      } else for (const taker of takers) found.push(...this.check(member, taker, memberPath(path, name)));
    }
    if (closed === null) found.push(...this.#unnamed(schemas, reader, path));
    return found;
  }

  /** What is known of a member by its name. Null: the data cannot have it. */
  #dataOf({ schemas }: Data, name: string): Data | null {
    const known: Place[] = [];
    for (const place of schemas) {
      const own = this.#data.within(place, 'properties', name);
      if (own) known.push(own);
      let isKnown = own !== undefined;
      for (const pattern of patternsOf(place)) {
        const matches = this.#matches(this.#data, pattern, name);
        if (matches !== false) isKnown = true;
        const by = this.#data.within(place, 'patternProperties', pattern);
        if (matches === true && by) known.push(by);
      }
      const others = this.#data.within(place, 'additionalProperties');
      if (!isKnown && others) known.push(others);
      const names = this.#data.within(place, 'propertyNames');
      if (names && this.#data.accepts(names, name) === false) return null;
    }
    const all = conjuncts(this.#data, known);
    return all && { schemas: all, kinds: new Set(allKinds), chosen: new Set() };
  }

  /** The reader's schemas for a member by its name. Null: that cannot be said. */
  #takersOf(reader: Place, name: string): Place[] | null {
    const own = this.#reader.within(reader, 'properties', name);
    const takers = own ? [own] : [];
    let isKnown = own !== undefined;
    for (const pattern of patternsOf(reader)) {
      const matches = this.#matches(this.#reader, pattern, name);
      if (matches === null) return null;
      if (!matches) continue;
      isKnown = true;
      const by = this.#reader.within(reader, 'patternProperties', pattern);
      if (by) takers.push(by);
    }
    const others = this.#reader.within(reader, 'additionalProperties');
    return isKnown || !others ? takers : [...takers, others];
  }

  /** Members that no schema of either side names. */
  #unnamed(schemas: readonly Place[], reader: Place, path: string): Difference[] {
    const found: Difference[] = [];
    const theirPatterns = new Set(patternsOf(reader));
    /** What holds for each of these members that no pattern of the reader matches, and for each that one does. */
    const always = (matchedBy: string | null): Place[] =>
      schemas.flatMap((place) => {
        const patterns = patternsOf(place);
        const same = matchedBy === null ? undefined : this.#data.within(place, 'patternProperties', matchedBy);
        if (same) return [same];
        const mayMatch = patterns.some((pattern) => matchedBy !== null || !theirPatterns.has(pattern));
        return mayMatch ? [] : (this.#data.within(place, 'additionalProperties') ?? []);
      });
    const every = (known: readonly Place[]): Data => ({ schemas: known, kinds: new Set(allKinds), chosen: new Set() });
    for (const pattern of theirPatterns) {
      const by = this.#reader.within(reader, 'patternProperties', pattern);
      if (by) found.push(...this.check(every(always(pattern)), by, `${path}.*`));
    }
    const others = this.#reader.within(reader, 'additionalProperties');
    if (!others) return found;
    const plain = this.#attempt(() => this.check(every(always(null)), others, `${path}.*`));
    if (plain.length === 0) return found;
    // Or all that a schema with patterns allows fits.
    const byCases = schemas.some((place) => {
      const cases = [
        ...patternsOf(place).flatMap((pattern) => this.#data.within(place, 'patternProperties', pattern) ?? []),
        this.#data.within(place, 'additionalProperties'),
      ];
      return cases.every(
        (one) => one !== undefined && this.#attempt(() => this.check(every([one]), others, `${path}.*`)).length === 0,
      );
    });
    return byCases ? found : [...found, ...plain];
  }

  /** The names of all members that the data may have; null where it may have others. */
  #namesIfClosed(schemas: readonly Place[]): Set<string> | null {
    for (const place of schemas) {
      const { additionalProperties, unevaluatedProperties } = objectOf(place);
      if (additionalProperties === false && patternsOf(place).length === 0) return new Set(propertiesOf(place));
      const names = this.#data.within(place, 'propertyNames');
      const values = names && typeof names.schema !== 'boolean' ? valuesOf(names) : null;
      if (values) return new Set(values.filter((value) => typeof value === 'string'));
      if (unevaluatedProperties !== false) continue;
      const all = conjuncts(this.#data, [place]) ?? [];
      if (all.every((one) => naming.every((keyword) => !Object.hasOwn(objectOf(one), keyword) || one === place))) {
        const own = naming.every(
          (keyword) => keyword === 'unevaluatedProperties' || !Object.hasOwn(objectOf(place), keyword),
        );
        if (own) return new Set(all.flatMap(propertiesOf));
      }
    }
    return null;
  }

  #names(schemas: readonly Place[], reader: Place, path: string, closed: ReadonlySet<string> | null): Difference[] {
    const names = this.#reader.within(reader, 'propertyNames');
    if (!names) return [];
    if (closed) {
      const refused = [...closed].filter((name) => this.#reader.accepts(names, name) !== true);
      if (refused.length === 0) return [];
      return [
        this.#differs(
          schemas,
          reader,
          memberPath(path, refused[0] as string),
          'may be there, a name that the reader refuses',
          'propertyNames',
        ),
      ];
    }
    const known = schemas.flatMap((place) => this.#data.within(place, 'propertyNames') ?? []);
    const asked: Data = { schemas: known, kinds: new Set(['string']), chosen: new Set() };
    return this.#attempt(() => this.check(asked, names, path)).length === 0
      ? []
      : [this.#differs(schemas, reader, path, 'may have members with names that the reader refuses', 'propertyNames')];
  }

  #dependencies(data: Data, reader: Place, path: string, required: ReadonlySet<string>): Difference[] {
    const { schemas } = data;
    const found: Difference[] = [];
    const { dependentRequired, dependentSchemas } = objectOf(reader);
    for (const [name, needed] of Object.entries((dependentRequired ?? {}) as Record<string, string[]>)) {
      if (this.#dataOf(data, name) === null) continue;
      const known = new Set(required);
      for (const place of schemas) {
        const own = (objectOf(place).dependentRequired ?? {}) as Record<string, string[]>;
        for (const one of Object.hasOwn(own, name) ? (own[name] ?? []) : []) known.add(one);
      }
      const missing = needed.find((one) => one !== name && !known.has(one));
      if (missing !== undefined) {
        const reason = `may be missing where "${name}" is there, and the reader requires it then`;
        found.push(this.#differs(schemas, reader, memberPath(path, missing), reason, 'dependentRequired'));
      }
    }
    for (const name of Object.keys((dependentSchemas ?? {}) as object)) {
      const by = this.#reader.within(reader, 'dependentSchemas', name);
      if (!by || this.#dataOf(data, name) === null) continue;
      const same = schemas.some((place) => {
        const own = this.#data.within(place, 'dependentSchemas', name);
        return own !== undefined && this.#same.are(own, by);
      });
      if (same || this.#attempt(() => this.check(data, by, path)).length === 0) continue;
      found.push(
        this.#undecided(
          schemas,
          reader,
          path,
          'the reader’s "dependentSchemas" cannot be compared',
          'dependentSchemas',
        ),
      );
    }
    return found;
  }

  #matches(schema: ReadSchema, pattern: string, name: string): boolean | null {
    this.#steps++;
    return schema.matches(pattern, name);
  }

  #differs(schemas: readonly Place[], reader: Place, path: string, reason: string, keyword?: string): Difference {
    const inReader = keyword === undefined ? reader.path : memberPath(reader.path, keyword);
    return { path, inData: schemas[0]?.path ?? this.#data.root.path, inReader, reason, decided: true };
  }

  #undecided(schemas: readonly Place[], reader: Place, path: string, reason: string, keyword?: string): Difference {
    return { ...this.#differs(schemas, reader, path, reason, keyword), decided: false };
  }
}

/** Keywords by which a schema may evaluate members that its `properties` do not name. */
const naming = [
  ...['additionalProperties', 'patternProperties', 'unevaluatedProperties', 'anyOf', 'oneOf', 'if'],
  ...['dependentSchemas', 'dependencies', '$dynamicRef'],
];

/** Formats of numbers; all others are of texts. */
const numberFormats = new Set(['int32', 'int64', 'float', 'double']);

const propertiesOf = (place: Place): string[] => Object.keys((objectOf(place).properties ?? {}) as object);

const patternsOf = (place: Place): string[] => Object.keys((objectOf(place).patternProperties ?? {}) as object);

/** The bound of a length that `items: false` sets. */
function longestOf(schemas: readonly Place[]): Bound | null {
  const lengths = schemas
    .filter((place) => objectOf(place).items === false)
    .map((place) => ((objectOf(place).prefixItems ?? []) as unknown[]).length);
  return lengths.length === 0 ? null : { value: Math.min(...lengths), excluded: false };
}

/** Whether all numbers are whole ones. */
const isWhole = (schemas: readonly Place[]): boolean =>
  schemas.some((place) => {
    const { type, multipleOf: step } = objectOf(place);
    const named = [type].flat();
    return (
      (named.includes('integer') && !named.includes('number')) || (typeof step === 'number' && Number.isInteger(step))
    );
  });

/** Each difference once. */
const merged = (found: readonly Difference[]): Difference[] =>
  found.filter((one, index) => found.findIndex((other) => equal(one, other)) === index);
