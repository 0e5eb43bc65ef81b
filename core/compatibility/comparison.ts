import type { Place } from '../jsonSchema/schemaDocument.ts';
import type { Difference } from './difference.ts';
import type { Data } from './facts.ts';
import type { ReadSchema } from './readSchema.ts';
import type { SameSchemas } from './sameSchemas.ts';
import type { Steps, Work } from './work.ts';

/** A comparison of two schemas: does the reader accept all data that the other one accepts? What the rules about keywords share. */
export interface Comparison {
  /** The schema that the data was written by. */
  readonly data: ReadSchema;
  /** The schema that it is read by. */
  readonly reader: ReadSchema;
  readonly same: SameSchemas;
  readonly steps: Steps;
  /** What a schema of the reader may refuse of some data. */
  check(data: Data, reader: Place, path: string): Work<Difference[]>;
  /** The same as a try: if anything is found, nothing is kept of what rests on it. */
  attempt(data: Data, reader: Place, path: string): Work<Difference[]>;
}

/** Data of which only some schemas are known. */
export const dataBy = (schemas: readonly Place[], kinds: Data['kinds']): Data => ({
  schemas,
  kinds,
  chosen: new Set(),
});
