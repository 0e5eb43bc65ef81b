/**
 * JSON values with their text. JavaScript loses details that publishers sign and compare: `1.0` becomes `1`, a key `"2"` moves
 * before a key `"a"`, an integer beyond ±2^53 becomes another one. So the text of every value is taken from the original body.
 *
 * Most clients write exactly what `JSON.stringify` writes. Then `JSON.stringify` gives every value's text, and nothing is stored.
 * Otherwise each object and array is stored with its place in the body.
 */

/** A text that several values share. */
export interface KeptText {
  text: string;
}

/** A part of a text. */
interface Part {
  readonly of: KeptText;
  readonly start: number;
  readonly end: number;
}

/** Texts that differ from what `JSON.stringify` writes. */
const parts = new WeakMap<object, Part>();

/** Keeps the part of a text, from `start` up to `end`, that is a value's. The text itself may follow. */
export function keepText(value: unknown, of: KeptText, start = 0, end = of.text.length): void {
  if (typeof value === 'object' && value !== null) parts.set(value, { of, start, end });
}

/** The JSON text of a variable or a literal, as the client wrote it, without the space between tokens. */
export function jsonTextOf(value: unknown): string {
  const part = typeof value === 'object' && value !== null ? parts.get(value) : undefined;
  return part ? copied(part) : JSON.stringify(value);
}

/** A text of its own: a slice would keep the whole body for as long as it lives. */
function copied({ of, start, end }: Part): string {
  const middle = (start + end) >>> 1;
  return [of.text.slice(start, middle), of.text.slice(middle, end)].join('');
}
