/**
 * JSON values with their text. JavaScript loses what publishers sign and compare by: `1.0` becomes `1`, a key `"2"` moves before
 * a key `"a"`, an integer beyond ±2^53 becomes another one. So the text of every value is found again in the body it came in.
 *
 * Most clients write what `JSON.stringify` writes. Where the whole body is exactly that, every value's text is too, and nothing
 * needs to be looked for. Otherwise each object and array is paired with its slice of the body.
 */

/** The text of values whose text is not what `JSON.stringify` writes. */
const texts = new WeakMap<object, string>();

export function keepText(value: unknown, text: string): void {
  if (typeof value === 'object' && value !== null) texts.set(value, text);
}

/** The JSON text of a value that came in as a variable or a literal: as it was written, without the space between tokens. */
export function jsonTextOf(value: unknown): string {
  return (typeof value === 'object' && value !== null ? texts.get(value) : undefined) ?? JSON.stringify(value);
}
