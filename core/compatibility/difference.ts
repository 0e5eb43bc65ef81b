import { memberPath } from '../jsonSchema/path.ts';
import type { Place } from '../jsonSchema/schemaDocument.ts';
import type { Data } from './facts.ts';

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

/** More than these are not told apart any more. */
const maxTold = 100;

/** @param keyword - of the reader that may refuse the data */
export function differs(
  { schemas }: Pick<Data, 'schemas'>,
  reader: Place,
  path: string,
  reason: string,
  keyword?: string,
): Difference {
  const inReader = keyword === undefined ? reader.path : memberPath(reader.path, keyword);
  return { path, inData: schemas[0]?.path ?? '', inReader, reason, decided: true };
}

/** The same where it cannot be decided. */
export const undecided = (...given: Parameters<typeof differs>): Difference => ({
  ...differs(...given),
  decided: false,
});

/** Each difference once. */
export function merged(found: readonly Difference[]): Difference[] {
  const told = found.slice(0, maxTold).map((one) => [JSON.stringify(Object.values(one)), one] as const);
  return [...new Map(told).values()];
}
