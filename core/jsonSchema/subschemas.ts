import type { Schema } from './keywords.ts';
import type { Pattern } from './pattern.ts';
import type { Check } from './run.ts';

/** Gives the keywords of a schema the checks of its subschemas. `at` is a subschema's path inside the schema. */
export interface Subschemas {
  /** The check of a member of the value, or of its name. */
  member(schema: Schema, at: string): Check;
  /** The check of the same value. The members that it evaluates count for this schema too, if it accepts. */
  inPlace(schema: Schema, at: string): Check;
  /** A pattern of the schema, compiled. */
  pattern(source: string): Pattern;
  /** Whether any schema of the document needs to know which members were evaluated. */
  readonly tracks: boolean;
}
