import { memberPath } from '../jsonSchema/path.ts';
import type { Place } from '../jsonSchema/schemaDocument.ts';
import { type Comparison, dataBy } from './comparison.ts';
import { type Difference, differs, undecided } from './difference.ts';
import { allKinds, type Data, namesIn, requiredBy } from './facts.ts';
import { memberOf, namesIfClosed, patternsOf, takersOf } from './members.ts';
import { objectOf } from './readSchema.ts';
import { boundDifferences } from './scalars.ts';
import { forEach, type Work } from './work.ts';

/** What a reader refuses of objects. */
export function* objectDifferences(
  comparison: Comparison,
  data: Data,
  reader: Place,
  path: string,
): Work<Difference[]> {
  const { schemas } = data;
  const required = requiredBy(schemas);
  // Data that must have a member which cannot be is no data.
  for (const name of required) {
    if (comparison.steps.isDue) yield comparison.steps.piece();
    if ((yield* memberOf(comparison.data, data, name)) === null) return [];
  }
  const closed = yield* namesIfClosed(comparison.data, schemas);
  const bound = (value: number) => ({ value, excluded: false });
  return [
    ...missingDifferences(data, reader, path, required),
    ...boundDifferences(data, reader, path, 'least', ['minProperties'], { known: bound(required.size) }),
    ...boundDifferences(data, reader, path, 'most', ['maxProperties'], { known: closed && bound(closed.size) }),
    ...(yield* dependencyDifferences(comparison, data, reader, path, required)),
    ...(yield* nameDifferences(comparison, data, reader, path, closed)),
    ...(yield* namedDifferences(comparison, data, reader, path, closed)),
    ...(closed === null ? yield* unnamedDifferences(comparison, data, reader, path) : []),
  ];
}

function missingDifferences(data: Data, reader: Place, path: string, required: ReadonlySet<string>): Difference[] {
  const reason = 'may be missing, and the reader requires it';
  return [...requiredBy([reader])]
    .filter((name) => !required.has(name))
    .map((name) => differs(data, reader, memberPath(path, name), reason, 'required'));
}

/** Members that a schema of either side names. */
function* namedDifferences(
  comparison: Comparison,
  data: Data,
  reader: Place,
  path: string,
  closed: ReadonlySet<string> | null,
): Work<Difference[]> {
  const { steps } = comparison;
  const names = new Set([...namesIn(data.schemas), ...namesIn([reader]), ...(closed ?? [])]);
  return yield* forEach(names, function* (name): Work<Difference[]> {
    if (steps.isDue) yield steps.piece();
    const member = yield* memberOf(comparison.data, data, name);
    if (member === null) return [];
    const at = memberPath(path, name);
    const takers = yield* takersOf(comparison.reader, reader, name);
    if (takers === null) {
      return [undecided(data, reader, at, 'a pattern of the reader takes too long', 'patternProperties')];
    }
    return yield* forEach(takers, (taker) => comparison.check(member, taker, at));
  });
}

/** Members that no schema of either side names. */
function* unnamedDifferences(
  comparison: Comparison,
  { schemas }: Data,
  reader: Place,
  path: string,
): Work<Difference[]> {
  const { data: written, reader: read } = comparison;
  const theirPatterns = new Set(patternsOf(reader));
  /** What holds for each of these members that no pattern of the reader matches, and for each that one does. */
  const always = (matchedBy: string | null): Place[] =>
    schemas.flatMap((place) => {
      const patterns = patternsOf(place);
      const same = matchedBy === null ? undefined : written.within(place, 'patternProperties', matchedBy);
      if (same) return [same];
      const mayMatch = patterns.some((pattern) => matchedBy !== null || !theirPatterns.has(pattern));
      return mayMatch ? [] : (written.within(place, 'additionalProperties') ?? []);
    });
  const at = `${path}.*`;
  const every = (known: readonly Place[]) => dataBy(known, new Set(allKinds));
  const found = yield* forEach(theirPatterns, function* (pattern): Work<Difference[]> {
    const by = read.within(reader, 'patternProperties', pattern);
    return by ? yield* comparison.check(every(always(pattern)), by, at) : [];
  });
  const others = read.within(reader, 'additionalProperties');
  if (!others) return found;
  const plain = yield* comparison.attempt(every(always(null)), others, at);
  if (plain.length === 0) return found;
  // Or all that a schema with patterns allows fits.
  for (const place of schemas) {
    const cases = [
      ...patternsOf(place).flatMap((pattern) => written.within(place, 'patternProperties', pattern) ?? []),
      written.within(place, 'additionalProperties'),
    ];
    let fits = true;
    for (const one of cases) {
      fits = one !== undefined && (yield* comparison.attempt(every([one]), others, at)).length === 0;
      if (!fits) break;
    }
    if (fits) return found;
  }
  return [...found, ...plain];
}

function* nameDifferences(
  comparison: Comparison,
  data: Data,
  reader: Place,
  path: string,
  closed: ReadonlySet<string> | null,
): Work<Difference[]> {
  const names = comparison.reader.within(reader, 'propertyNames');
  if (!names) return [];
  if (closed) {
    const reason = 'may be there, a name that the reader refuses';
    for (const name of closed) {
      if (comparison.steps.isDue) yield comparison.steps.piece();
      if (comparison.reader.accepts(names, name) === true) continue;
      return [differs(data, reader, memberPath(path, name), reason, 'propertyNames')];
    }
    return [];
  }
  const known = data.schemas.flatMap((place) => comparison.data.within(place, 'propertyNames') ?? []);
  const found = yield* comparison.attempt(dataBy(known, new Set(['string'])), names, path);
  const reason = 'may have members with names that the reader refuses';
  return found.length === 0 ? [] : [differs(data, reader, path, reason, 'propertyNames')];
}

function* dependencyDifferences(
  comparison: Comparison,
  data: Data,
  reader: Place,
  path: string,
  required: ReadonlySet<string>,
): Work<Difference[]> {
  const { schemas } = data;
  const { data: written, reader: read, same, steps } = comparison;
  const found: Difference[] = [];
  const { dependentRequired, dependentSchemas } = objectOf(reader);
  for (const [name, needed] of Object.entries((dependentRequired ?? {}) as Record<string, string[]>)) {
    if (steps.isDue) yield steps.piece();
    if ((yield* memberOf(written, data, name)) === null) continue;
    const known = new Set(required);
    for (const place of schemas) {
      const own = (objectOf(place).dependentRequired ?? {}) as Record<string, string[]>;
      for (const one of Object.hasOwn(own, name) ? (own[name] ?? []) : []) known.add(one);
    }
    const missing = needed.find((one) => one !== name && !known.has(one));
    if (missing !== undefined) {
      const reason = `may be missing where "${name}" is there, and the reader requires it then`;
      found.push(differs(data, reader, memberPath(path, missing), reason, 'dependentRequired'));
    }
  }
  for (const name of Object.keys((dependentSchemas ?? {}) as object)) {
    const by = read.within(reader, 'dependentSchemas', name);
    if (!by || (yield* memberOf(written, data, name)) === null) continue;
    let isSame = false;
    for (const place of schemas) {
      const own = written.within(place, 'dependentSchemas', name);
      isSame ||= own !== undefined && (yield* same.are(own, by));
    }
    if (isSame || (yield* comparison.attempt(data, by, path)).length === 0) continue;
    const reason = 'the reader’s "dependentSchemas" cannot be compared';
    found.push(undecided(data, reader, path, reason, 'dependentSchemas'));
  }
  return found;
}
