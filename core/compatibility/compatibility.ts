import { ApiError } from '../ground/errors.ts';
import type { Schema } from '../jsonSchema/keywords.ts';
import type { Difference } from './difference.ts';
import { differences } from './inclusion.ts';
import { ReadSchema } from './readSchema.ts';
import type { Work } from './work.ts';

/** What a change of a schema must keep. */
export type Compatibility = 'NONE' | 'FORWARD' | 'BACKWARD' | 'FULL';

/** A place at which a change of a schema breaks somebody. */
export interface Break {
  /** FORWARD: consumers that know the old schema. BACKWARD: consumers that know the new one, with old data. */
  readonly direction: 'FORWARD' | 'BACKWARD';
  /** In the data: `data.total.amount`. */
  readonly path: string;
  /** In the new schema. */
  readonly field: string;
  /** A sentence. */
  readonly message: string;
  /** False: it could not be decided, and may break nobody. */
  readonly decided: boolean;
}

/**
 * What a change of a schema breaks.
 *
 * FORWARD asks that every value which the new schema accepts, the old one accepts, too; BACKWARD asks the opposite, FULL both. None means:
 * certainly nothing.
 *
 * @param field - path of the new schema in the arguments
 */
export function* breaksOf(
  compatibility: Compatibility,
  before: unknown,
  after: unknown,
  field: string,
): Work<readonly Break[]> {
  if (compatibility === 'NONE') return [];
  let older: ReadSchema;
  try {
    older = yield* ReadSchema.read(before as Schema, field);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const message = 'The schema that the type has can no longer be read, so nothing can be compared with it.';
    return [{ direction: 'FORWARD', path: 'data', field, message, decided: false }];
  }
  const newer = yield* ReadSchema.read(after as Schema, field);
  const forward = compatibility === 'BACKWARD' ? [] : yield* differences(newer, older);
  const backward = compatibility === 'FORWARD' ? [] : yield* differences(older, newer);
  return [
    ...forward.map((one) => toBreak('FORWARD', one, one.inData)),
    ...backward.map((one) => toBreak('BACKWARD', one, one.inReader)),
  ];
}

const words = {
  FORWARD: { data: 'New data', reader: 'the old schema' },
  BACKWARD: { data: 'Old data', reader: 'the new schema' },
};

function toBreak(direction: 'FORWARD' | 'BACKWARD', { path, reason, decided }: Difference, field: string): Break {
  const { data, reader } = words[direction];
  const said = reason.replaceAll('the reader’s', `${reader}’s`).replaceAll('the reader', reader);
  const message = decided
    ? `${data}: "${path}" ${said}.`
    : `Whether it breaks at "${path}" cannot be decided: ${said}.`;
  return { direction, path, field, message, decided };
}
