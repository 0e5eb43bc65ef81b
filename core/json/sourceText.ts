/**
 * JSON values with their text. JavaScript loses details that publishers sign and compare: `1.0` becomes `1`, a key `"2"` moves
 * before a key `"a"`, an integer beyond ±2^53 becomes another one. So the text of every value is taken from the original body.
 *
 * Most clients write exactly what `JSON.stringify` writes. Then `JSON.stringify` gives every value's text, and nothing is stored.
 * Otherwise each object and array is stored with its slice of the body.
 */

/** Texts that differ from what `JSON.stringify` writes. */
const texts = new WeakMap<object, string>();

export function keepText(value: unknown, text: string): void {
  if (typeof value === 'object' && value !== null) texts.set(value, text);
}

/** The JSON text of a variable or a literal, as the client wrote it, without the space between tokens. */
export function jsonTextOf(value: unknown): string {
  return (typeof value === 'object' && value !== null ? texts.get(value) : undefined) ?? JSON.stringify(value);
}
