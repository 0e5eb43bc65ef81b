import type { Place } from '../jsonSchema/schemaDocument.ts';
import type { Comparison } from './comparison.ts';
import { type Difference, differs, undecided } from './difference.ts';
import { conjuncts, type Data, kindsOf, requiredBy, valuesOf } from './facts.ts';
import { areEvaluated, memberOf } from './members.ts';
import { objectOf } from './readSchema.ts';
import { listedValues } from './values.ts';
import { forAll, perLook, type Work } from './work.ts';

/** What a reader refuses by `anyOf` and `oneOf`. */
export function* alternativeDifferences(
  comparison: Comparison,
  data: Data,
  reader: Place,
  path: string,
): Work<Difference[]> {
  const found: Difference[] = [];
  for (const keyword of ['anyOf', 'oneOf'] as const) {
    const each = comparison.reader.listed(reader, keyword);
    if (each.length === 0) continue;
    if (yield* isSame(comparison, data, reader, keyword)) continue;
    const tried: Difference[][] = [];
    for (const one of each) tried.push(yield* comparison.attempt(data, one, path));
    const fitting = tried.flatMap((differing, index) => (differing.length === 0 ? [index] : []));
    if (fitting.length === 0) {
      const decided = tried.every((differing) => differing.some((one) => one.decided));
      const nearest = tried.toSorted((one, other) => one.length - other.length)[0]?.[0];
      const reason = `may be what fits none of the reader’s ${each.length} alternatives${nearest ? `: nearest, ${nearest.path} ${nearest.reason}` : ''}`;
      found.push({ ...differs(data, reader, path, reason, keyword), decided });
    } else if (keyword === 'oneOf' && !(yield* isOneAlone(comparison, data, each, fitting))) {
      found.push(undecided(data, reader, path, 'more than one of the reader’s "oneOf" may fit', keyword));
    }
  }
  return found;
}

/** Whether of the alternatives that fit one is certain to fit alone. */
function* isOneAlone(
  comparison: Comparison,
  data: Data,
  each: readonly Place[],
  fitting: readonly number[],
): Work<boolean> {
  for (const index of fitting) {
    const alone = yield* forAll(each.entries(), function* ([at, other]) {
      return at === index || (yield* isDisjoint(comparison, data, other));
    });
    if (alone) return true;
  }
  return false;
}

/** Whether one of the data's schemas has these keywords of the reader with the same values. */
function* isSame(
  { same }: Comparison,
  { schemas }: Data,
  reader: Place,
  ...keywords: readonly string[]
): Work<boolean> {
  for (const place of schemas) if (yield* same.haveAll(place, reader, keywords)) return true;
  return false;
}

/** What a reader refuses by `not`, `if` and what cannot be compared at all. */
export function* conditionDifferences(
  comparison: Comparison,
  data: Data,
  reader: Place,
  path: string,
): Work<Difference[]> {
  const found: Difference[] = [];
  const read = comparison.reader;
  const cannot = (keyword: string) =>
    found.push(undecided(data, reader, path, `the reader’s "${keyword}" cannot be compared`, keyword));
  const not = read.within(reader, 'not');
  if (not && !(yield* isSame(comparison, data, reader, 'not')) && !(yield* isDisjoint(comparison, data, not))) {
    cannot('not');
  }
  const condition = read.within(reader, 'if');
  const [then, otherwise] = [read.within(reader, 'then'), read.within(reader, 'else')];
  if (condition && (then || otherwise) && !(yield* isSame(comparison, data, reader, 'if', 'then', 'else'))) {
    const never = yield* isDisjoint(comparison, data, condition);
    const branches = [otherwise, never ? undefined : then].filter((branch) => branch !== undefined);
    const fits = yield* forAll(branches, function* (branch) {
      return (yield* comparison.attempt(data, branch, path)).length === 0;
    });
    if (!fits) cannot('if');
  }
  for (const keyword of ['$dynamicRef', 'dependencies', 'unevaluatedItems', 'unevaluatedProperties']) {
    const value = objectOf(reader)[keyword];
    if (value === undefined || value === true) continue;
    if (keyword === 'unevaluatedItems' && !data.kinds.has('array')) continue;
    if (keyword === 'unevaluatedProperties' && (yield* areEvaluated(comparison, data, reader))) continue;
    cannot(keyword);
  }
  return found;
}

/** Whether a schema of the reader accepts none of the values. */
const refusesAll = ({ reader: read, steps }: Comparison, reader: Place, values: readonly unknown[]): Work<boolean> =>
  forAll(values, function* (value) {
    if (steps.isDue) yield steps.piece();
    return read.accepts(reader, value) === false;
  });

/** Whether a schema of the reader accepts nothing of the data, for certain. */
function* isDisjoint(comparison: Comparison, data: Data, reader: Place): Work<boolean> {
  const { data: written, reader: read, steps } = comparison;
  steps.spend(perLook);
  if (steps.isDue) yield steps.piece();
  const kinds = yield* kindsOf(read, reader);
  if (![...data.kinds].some((kind) => kinds.has(kind))) return true;
  const values = listedValues(data);
  if (values) return yield* refusesAll(comparison, reader, values);
  const theirs = yield* conjuncts(read, [reader]);
  if (theirs === null) return true;
  if (data.kinds.size > 1 || !data.kinds.has('object')) return false;
  // Told apart by a member that the data always has.
  for (const name of requiredBy(data.schemas)) {
    const mine = yield* memberOf(written, data, name);
    if (mine === null) continue;
    const named = mine.schemas.map(valuesOf).find((list) => list !== null);
    if (!named) continue;
    const member = theirs.flatMap((place) => read.within(place, 'properties', name) ?? []);
    for (const place of member) if (yield* refusesAll(comparison, place, named)) return true;
  }
  return false;
}
