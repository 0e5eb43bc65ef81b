import { multipleOf } from '../jsonSchema/decimal.ts';
import { formatCheck } from '../jsonSchema/formats.ts';
import type { Place } from '../jsonSchema/schemaDocument.ts';
import { type Difference, differs } from './difference.ts';
import { type Bound, boundOf, type Data, isWithin } from './facts.ts';
import { objectOf } from './readSchema.ts';

/** Formats of numbers; all others are of texts. */
const numberFormats = new Set(['int32', 'int64', 'float', 'double']);

/** Whether all numbers are whole ones. */
export const isWhole = (schemas: readonly Place[]): boolean =>
  schemas.some((place) => {
    const { type, multipleOf: step } = objectOf(place);
    const named = [type].flat();
    return (
      (named.includes('integer') && !named.includes('number')) || (typeof step === 'number' && Number.isInteger(step))
    );
  });

/** What a reader refuses of numbers. */
export function numberDifferences(data: Data, reader: Place, path: string): Difference[] {
  const { schemas } = data;
  const { multipleOf: divisor, format } = objectOf(reader);
  const whole = isWhole(schemas);
  const found = [
    ...boundDifferences(data, reader, path, 'least', ['minimum', 'exclusiveMinimum'], { whole }),
    ...boundDifferences(data, reader, path, 'most', ['maximum', 'exclusiveMaximum'], { whole }),
  ];
  if (typeof divisor === 'number') {
    const divides = multipleOf(divisor);
    const steps = schemas.flatMap((place) => objectOf(place).multipleOf ?? []) as number[];
    if (![...steps, ...(whole ? [1] : [])].some(divides)) {
      found.push(differs(data, reader, path, `may be no multiple of ${divisor}`, 'multipleOf'));
    }
  }
  return typeof format === 'string' && numberFormats.has(format)
    ? [...found, ...formatDifferences(data, reader, path, format)]
    : found;
}

/** What a reader refuses of texts. */
export function stringDifferences(data: Data, reader: Place, path: string): Difference[] {
  const { schemas } = data;
  const { pattern, format } = objectOf(reader);
  const found = [
    ...boundDifferences(data, reader, path, 'least', ['minLength']),
    ...boundDifferences(data, reader, path, 'most', ['maxLength']),
  ];
  if (pattern !== undefined && !schemas.some((place) => objectOf(place).pattern === pattern)) {
    const reason = `may be text that the pattern ${JSON.stringify(pattern)} does not match: patterns are compared by their text`;
    found.push({ ...differs(data, reader, path, reason, 'pattern'), decided: isAnyText(schemas) });
  }
  if (typeof format === 'string' && numberFormats.has(format)) return found;
  return [...found, ...formatDifferences(data, reader, path, format)];
}

/** Whether nothing is known of a text but its length. */
const isAnyText = (schemas: readonly Place[]): boolean =>
  !schemas.some((place) => objectOf(place).pattern !== undefined || objectOf(place).format !== undefined);

function formatDifferences(data: Data, reader: Place, path: string, format: unknown): Difference[] {
  const { schemas } = data;
  if (typeof format !== 'string' || formatCheck(format) === null) return [];
  if (schemas.some((place) => objectOf(place).format === format)) return [];
  const found = differs(data, reader, path, `may be no ${JSON.stringify(format)}`, 'format');
  return [{ ...found, decided: isAnyText(schemas) }];
}

/**
 * What a reader refuses by a bound of numbers, lengths or counts.
 *
 * @param whole - whether the data has only whole numbers
 * @param known - a bound that the data keeps besides those of its own keywords
 */
export function boundDifferences(
  data: Data,
  reader: Place,
  path: string,
  end: 'least' | 'most',
  names: readonly [string, string?],
  { whole = true, known = null }: { readonly whole?: boolean; readonly known?: Bound | null } = {},
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
  const own = boundOf(data.schemas, end, names);
  const kept = [own, known].filter((bound) => bound !== null).map(tight);
  if (kept.some((bound) => isWithin(bound, tight(asked), end))) return [];
  const keyword = objectOf(reader)[names[0]] === asked.value && !asked.excluded ? names[0] : (names[1] ?? names[0]);
  const reason = `may have a lower or higher ${names[0].replace(/^(min|max)imum$/, 'value').replace(/^(min|max)/, 'number of ')} than the reader’s "${keyword}" of ${asked.value} allows`;
  return [differs(data, reader, path, reason, keyword)];
}
