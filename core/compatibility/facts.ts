import { isObject } from '../json/isObject.ts';
import type { Place } from '../jsonSchema/schemaDocument.ts';
import { type Kind, objectOf, type ReadSchema } from './readSchema.ts';
import { forEach, perLook, type Work } from './work.ts';

export const allKinds: readonly Kind[] = ['null', 'boolean', 'number', 'string', 'array', 'object'];

export function kindOf(value: unknown): Kind {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : (typeof value as Kind);
}

/** Values of data that is compared: all of these schemas accept them. */
export interface Data {
  readonly schemas: readonly Place[];
  /** They are of these kinds only. */
  readonly kinds: ReadonlySet<Kind>;
  /** Alternatives among which a choice was made: its choice is among `schemas`. */
  readonly chosen: ReadonlySet<unknown>;
}

/** What gathering one schema costs. */
const perPlace = 20;

/** All schemas that hold for what some schemas accept, by references and `allOf`. Null: they accept nothing. */
export function* conjuncts(schema: ReadSchema, places: readonly Place[]): Work<Place[] | null> {
  const found: Place[] = [];
  const seen = new Set<unknown>();
  const left = [...places];
  for (let place = left.pop(); place; place = left.pop()) {
    if (place.schema === false) return null;
    if (place.schema === true || seen.has(place.schema)) continue;
    seen.add(place.schema);
    schema.steps.spend(perPlace);
    if (schema.steps.isDue) yield schema.steps.piece();
    found.push(place);
    const target = schema.target(place);
    if (target) left.push(target);
    left.push(...schema.listed(place, 'allOf'));
  }
  return found;
}

/** The kinds that a schema may accept. */
export function* kindsOf(schema: ReadSchema, place: Place): Work<ReadonlySet<Kind>> {
  return (yield* kindsWithin(schema, place, new Map())).kinds;
}

/** @returns also the least depth of a schema around this one that it comes back to: within such a circle the answer is only a part */
function* kindsWithin(
  schema: ReadSchema,
  place: Place,
  around: Map<unknown, number>,
): Work<{ readonly kinds: ReadonlySet<Kind>; readonly backTo: number }> {
  if (typeof place.schema === 'boolean') return { kinds: new Set(place.schema ? allKinds : []), backTo: Infinity };
  const known = schema.kinds.get(place.schema);
  if (known) return { kinds: known, backTo: Infinity };
  const circle = around.get(place.schema);
  if (circle !== undefined) return { kinds: new Set(allKinds), backTo: circle };
  schema.steps.spend(perLook);
  if (schema.steps.isDue) yield schema.steps.piece();
  const depth = around.size;
  around.set(place.schema, depth);
  let backTo = Infinity;
  const within = function* (inner: Place): Work<ReadonlySet<Kind>> {
    const found = yield* kindsWithin(schema, inner, around);
    backTo = Math.min(backTo, found.backTo);
    return found.kinds;
  };
  const { type } = objectOf(place);
  const named = type === undefined ? null : ([type].flat() as string[]);
  const values = valuesOf(place);
  let kinds = allKinds.filter(
    (kind) => named === null || named.includes(kind) || (kind === 'number' && named.includes('integer')),
  );
  const keep = (others: ReadonlySet<Kind>) => {
    kinds = kinds.filter((kind) => others.has(kind));
  };
  if (values) keep(new Set(values.map(kindOf)));
  const target = schema.target(place);
  if (target) keep(yield* within(target));
  for (const each of schema.listed(place, 'allOf')) keep(yield* within(each));
  for (const keyword of ['anyOf', 'oneOf']) {
    const each = schema.listed(place, keyword);
    if (each.length > 0)
      keep(
        new Set(
          yield* forEach(each, function* (one) {
            return [...(yield* within(one))];
          }),
        ),
      );
  }
  around.delete(place.schema);
  const found: ReadonlySet<Kind> = new Set(kinds);
  if (backTo < depth) return { kinds: found, backTo };
  schema.kinds.set(place.schema, found);
  return { kinds: found, backTo: Infinity };
}

/** The values that a schema names one by one; null where it does not. */
export function valuesOf(place: Place): readonly unknown[] | null {
  const schema = objectOf(place);
  if (Object.hasOwn(schema, 'const')) return [schema.const];
  return Array.isArray(schema.enum) ? schema.enum : null;
}

/** A bound of numbers, or of lengths and counts. */
export interface Bound {
  readonly value: number;
  readonly excluded: boolean;
}

/** The bound that all values keep, from below or above. Null: none. */
export function boundOf(
  schemas: readonly Place[],
  end: 'least' | 'most',
  names: readonly [string, string?],
): Bound | null {
  let bound: Bound | null = null;
  for (const place of schemas) {
    for (const [name, excluded] of [
      [names[0], false],
      [names[1] ?? '', true],
    ] as const) {
      const value = objectOf(place)[name];
      if (typeof value !== 'number') continue;
      const here = { value, excluded };
      if (bound === null || isWithin(here, bound, end)) bound = here;
    }
  }
  return bound;
}

/** Whether what keeps the one bound keeps the other, too. */
export function isWithin(one: Bound, other: Bound, end: 'least' | 'most'): boolean {
  if (one.value === other.value) return one.excluded || !other.excluded;
  return end === 'least' ? one.value > other.value : one.value < other.value;
}

/** The names of an object's members that schemas say something about by name. */
export function namesIn(places: readonly Place[]): Set<string> {
  const names = new Set<string>();
  for (const place of places) {
    const { properties, required } = objectOf(place);
    for (const name of isObject(properties) ? Object.keys(properties) : []) names.add(name);
    for (const name of (required as string[] | undefined) ?? []) names.add(name);
  }
  return names;
}

export const requiredBy = (places: readonly Place[]): Set<string> =>
  new Set(places.flatMap((place) => (objectOf(place).required as string[] | undefined) ?? []));
