import { memberPath } from '../jsonSchema/path.ts';
import type { Place } from '../jsonSchema/schemaDocument.ts';
import { type Comparison, dataBy } from './comparison.ts';
import { type Difference, differs, undecided } from './difference.ts';
import { allKinds, type Bound, boundOf, type Data } from './facts.ts';
import { objectOf, type ReadSchema } from './readSchema.ts';
import { boundDifferences } from './scalars.ts';
import type { Work } from './work.ts';

/** What a reader refuses of arrays. */
export function* arrayDifferences(comparison: Comparison, data: Data, reader: Place, path: string): Work<Difference[]> {
  const { schemas } = data;
  const found = [
    ...boundDifferences(data, reader, path, 'least', ['minItems']),
    ...boundDifferences(data, reader, path, 'most', ['maxItems'], { known: longestOf(schemas) }),
    ...repeatDifferences(data, reader, path),
    ...(yield* containsDifferences(comparison, data, reader, path)),
  ];
  const first = comparison.reader.listed(reader, 'prefixItems');
  const rest = comparison.reader.within(reader, 'items');
  if (first.length === 0 && rest === undefined) return found;
  const most = boundOf(schemas, 'most', ['maxItems'])?.value ?? Number.POSITIVE_INFINITY;
  const own = schemas.map((place) => ((objectOf(place).prefixItems ?? []) as unknown[]).length);
  const longest = Math.max(first.length, ...own);
  for (let index = 0; index < longest && index < most; index++) {
    const taker = first[index] ?? rest;
    const items = itemsOf(comparison.data, schemas, index);
    if (taker) found.push(...(yield* comparison.check(items, taker, memberPath(path, index))));
  }
  if (rest && longest < most) {
    found.push(...(yield* comparison.check(itemsOf(comparison.data, schemas, longest), rest, `${path}[]`)));
  }
  return found;
}

function repeatDifferences(data: Data, reader: Place, path: string): Difference[] {
  const { schemas } = data;
  if (objectOf(reader).uniqueItems !== true) return [];
  if (schemas.some((place) => objectOf(place).uniqueItems === true)) return [];
  const most = boundOf(schemas, 'most', ['maxItems']);
  if (most !== null && most.value <= 1) return [];
  return [differs(data, reader, path, 'may have the same item twice', 'uniqueItems')];
}

/** `contains` is compared by what it is written as. */
function* containsDifferences({ same }: Comparison, data: Data, reader: Place, path: string): Work<Difference[]> {
  const { contains, minContains, maxContains } = objectOf(reader);
  if (contains === undefined || (minContains === 0 && maxContains === undefined)) return [];
  for (const place of data.schemas) {
    if (yield* same.haveAll(place, reader, ['contains', 'minContains', 'maxContains'])) return [];
  }
  return [undecided(data, reader, path, 'the reader’s "contains" cannot be compared', 'contains')];
}

function itemsOf(written: ReadSchema, schemas: readonly Place[], index: number): Data {
  const items = schemas.flatMap(
    (place) => written.within(place, 'prefixItems', index) ?? written.within(place, 'items') ?? [],
  );
  return dataBy(items, new Set(allKinds));
}

/** The bound of a length that `items: false` sets. */
function longestOf(schemas: readonly Place[]): Bound | null {
  const lengths = schemas
    .filter((place) => objectOf(place).items === false)
    .map((place) => ((objectOf(place).prefixItems ?? []) as unknown[]).length);
  return lengths.length === 0 ? null : { value: Math.min(...lengths), excluded: false };
}
