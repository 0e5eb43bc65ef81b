/**
 * Array literals of PostgreSQL (its documentation, section 8.15.6), for statements that take many rows at once: the driver
 * builds them element by element, which took a tenth of all memory that an event allocates.
 */

/** An array of values that need no quotes: ids, numbers, times, names of enums. */
export const plainArray = (values: readonly (string | number | boolean | null)[]): string =>
  `{${values.map((value) => value ?? 'NULL').join(',')}}`;

/** An array of any texts. */
export const textArray = (values: readonly (string | null)[]): string =>
  `{${values.map((value) => (value === null ? 'NULL' : quoted(value))).join(',')}}`;

// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes these in its own way
const control = /[\u0000-\u001f]/;

/** JSON escapes quotes and backslashes as an array literal does, and otherwise only control characters and lone surrogates. */
const quoted = (text: string): string =>
  control.test(text) || !text.isWellFormed() ? `"${text.replaceAll(/["\\]/g, '\\$&')}"` : JSON.stringify(text);
