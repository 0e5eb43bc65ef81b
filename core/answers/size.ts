import { JsonText } from './answerText.ts';

/**
 * The size of a value as JSON, in bytes, with the escapes of its texts. Whatever is no text counts approximately.
 *
 * @param most - from a larger size on, counting ends: the result then says no more than that it is larger
 */
export function sizeOf(value: unknown, most = Number.POSITIVE_INFINITY): number {
  if (typeof value === 'string') return writtenBytes(value);
  if (typeof value !== 'object' || value === null) return 5;
  if (value instanceof JsonText) return Buffer.byteLength(value.text);
  let size = 2;
  for (const key in value) {
    size += sizeOf((value as Record<string, unknown>)[key], most - size) + (Array.isArray(value) ? 1 : key.length + 4);
    if (size > most) break;
  }
  return size;
}

/** Quotes, backslashes and whatever is below the space. JSON also escapes lone surrogates. */
const mayNeedEscapes = /["\\]|[^ -\uffff]/;
/** Control characters with an escape of their own, which has two characters: \b \t \n \f \r. The others have one of six. */
const shortEscapes: ReadonlySet<number> = new Set([8, 9, 10, 12, 13]);

/** The bytes of a text as a JSON string. It builds nothing: the text may be a megabyte, and asked for many times. */
function writtenBytes(text: string): number {
  let bytes = Buffer.byteLength(text) + 2;
  const wellFormed = text.isWellFormed();
  if (wellFormed && !mayNeedEscapes.test(text)) return bytes;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x20) bytes += shortEscapes.has(unit) ? 1 : 5;
    else if (unit === 0x22 || unit === 0x5c) bytes += 1;
    else if (!wellFormed && unit >= 0xd800 && unit <= 0xdfff) {
      if (isPairAt(text, at)) at += 1;
      // Counted as three bytes of UTF-8, written as an escape of six characters.
      else bytes += 3;
    }
  }
  return bytes;
}

const isPairAt = (text: string, at: number): boolean => (text.codePointAt(at) as number) > 0xffff;

/** The path of the longest text in an answer. */
export function pathOfLongestText(data: unknown): (string | number)[] {
  let largest = -1;
  let found: (string | number)[] = [];
  const path: (string | number)[] = [];
  function visit(value: unknown): void {
    if (typeof value === 'object' && value !== null && !(value instanceof JsonText)) {
      for (const key of Object.keys(value)) {
        path.push(Array.isArray(value) ? Number(key) : key);
        visit((value as Record<string, unknown>)[key]);
        path.pop();
      }
      return;
    }
    const { length } = value instanceof JsonText ? value.text : String(value);
    if (length <= largest) return;
    largest = length;
    found = [...path];
  }
  visit(data);
  return found;
}
