import type { Place } from '../jsonSchema/schemaDocument.ts';
import { type Comparison, dataBy } from './comparison.ts';
import { allKinds, conjuncts, type Data, valuesOf } from './facts.ts';
import { objectOf, type ReadSchema } from './readSchema.ts';
import type { Work } from './work.ts';

/** Keywords by which a schema may evaluate members that its `properties` do not name. */
const naming = [
  ...['additionalProperties', 'patternProperties', 'unevaluatedProperties', 'anyOf', 'oneOf', 'if'],
  ...['dependentSchemas', 'dependencies', '$dynamicRef'],
];

export const propertiesOf = (place: Place): string[] => Object.keys((objectOf(place).properties ?? {}) as object);

export const patternsOf = (place: Place): string[] => Object.keys((objectOf(place).patternProperties ?? {}) as object);

/** What is known of a member by its name. Null: the data cannot have it. */
export function* memberOf(written: ReadSchema, { schemas }: Pick<Data, 'schemas'>, name: string): Work<Data | null> {
  const known: Place[] = [];
  for (const place of schemas) {
    if (written.steps.isDue) yield written.steps.piece();
    const own = written.within(place, 'properties', name);
    if (own) known.push(own);
    let isKnown = own !== undefined;
    for (const pattern of patternsOf(place)) {
      if (written.steps.isDue) yield written.steps.piece();
      const matches = written.matches(pattern, name);
      if (matches !== false) isKnown = true;
      const by = written.within(place, 'patternProperties', pattern);
      if (matches === true && by) known.push(by);
    }
    const others = written.within(place, 'additionalProperties');
    if (!isKnown && others) known.push(others);
    const names = written.within(place, 'propertyNames');
    if (names && written.accepts(names, name) === false) return null;
  }
  const all = yield* conjuncts(written, known);
  return all && dataBy(all, new Set(allKinds));
}

/** The reader's schemas for a member by its name. Null: that cannot be said. */
export function* takersOf(read: ReadSchema, reader: Place, name: string): Work<Place[] | null> {
  const own = read.within(reader, 'properties', name);
  const takers = own ? [own] : [];
  let isKnown = own !== undefined;
  for (const pattern of patternsOf(reader)) {
    if (read.steps.isDue) yield read.steps.piece();
    const matches = read.matches(pattern, name);
    if (matches === null) return null;
    if (!matches) continue;
    isKnown = true;
    const by = read.within(reader, 'patternProperties', pattern);
    if (by) takers.push(by);
  }
  const others = read.within(reader, 'additionalProperties');
  return isKnown || !others ? takers : [...takers, others];
}

/** The names of all members that the data may have; null where it may have others. */
export function* namesIfClosed(written: ReadSchema, schemas: readonly Place[]): Work<Set<string> | null> {
  for (const place of schemas) {
    if (written.steps.isDue) yield written.steps.piece();
    const { additionalProperties, unevaluatedProperties } = objectOf(place);
    if (additionalProperties === false && patternsOf(place).length === 0) return new Set(propertiesOf(place));
    const names = written.within(place, 'propertyNames');
    const values = names && typeof names.schema !== 'boolean' ? valuesOf(names) : null;
    if (values) return new Set(values.filter((value) => typeof value === 'string'));
    if (unevaluatedProperties !== false) continue;
    const all = (yield* conjuncts(written, [place])) ?? [];
    if (all.every((one) => naming.every((keyword) => !Object.hasOwn(objectOf(one), keyword) || one === place))) {
      const own = naming.every(
        (keyword) => keyword === 'unevaluatedProperties' || !Object.hasOwn(objectOf(place), keyword),
      );
      if (own) return new Set(all.flatMap(propertiesOf));
    }
  }
  return null;
}

/** Whether the reader says something about all members that the data may have, whatever they hold. */
export function* areEvaluated(
  { data, reader: read }: Comparison,
  { schemas, kinds }: Data,
  reader: Place,
): Work<boolean> {
  if (!kinds.has('object')) return true;
  const closed = yield* namesIfClosed(data, schemas);
  const named = new Set(((yield* conjuncts(read, [reader])) ?? []).flatMap((place) => propertiesOf(place)));
  return closed !== null && [...closed].every((name) => named.has(name));
}
