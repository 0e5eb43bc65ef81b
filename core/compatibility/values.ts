import type { Place } from '../jsonSchema/schemaDocument.ts';
import type { Comparison } from './comparison.ts';
import { type Difference, differs, undecided } from './difference.ts';
import { boundOf, type Data, kindOf, valuesOf } from './facts.ts';
import { isWhole } from './scalars.ts';
import { forAll, type Work } from './work.ts';

/** Whole numbers between two bounds that are looked at one by one. */
const maxListed = 50;

/** The values that the data has, where they can be counted; null where not. */
export function listedValues({ schemas, kinds }: Data): readonly unknown[] | null {
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

/** The values that the reader refuses, asked one by one. */
export function* eachValue(
  { data: written, reader: read, steps }: Comparison,
  data: Data,
  values: readonly unknown[],
  reader: Place,
  path: string,
): Work<Difference[]> {
  const refused: unknown[] = [];
  for (const value of values) {
    const isOfData = yield* forAll(data.schemas, function* (place) {
      if (steps.isDue) yield steps.piece();
      return written.accepts(place, value) !== false;
    });
    if (!isOfData) continue;
    const accepted = read.accepts(reader, value);
    if (accepted === true) continue;
    if (accepted === null) return [undecided(data, reader, path, 'a pattern takes too long here')];
    refused.push(value);
  }
  if (refused.length === 0) return [];
  const shown = JSON.stringify(refused.slice(0, 5)).slice(1, -1).slice(0, 200);
  return [differs(data, reader, path, `may be ${shown}, which the reader refuses`)];
}
