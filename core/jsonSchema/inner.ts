import type { Schema } from './keywords.ts';
import type { Pattern } from './pattern.ts';
import type { Check } from './run.ts';

/** What keywords make of the schemas inside the one that they stand in. `at` is where in it those are. */
export interface Inner {
  /** For a member of the value, or its name. */
  member(schema: Schema, at: string): Check;
  /** For the value itself. What it looked at and accepted was looked at. */
  inPlace(schema: Schema, at: string): Check;
  /** One that stands in the schema, compiled. */
  pattern(source: string): Pattern;
  /** Whether what was looked at matters to a schema somewhere. */
  readonly tracks: boolean;
}
