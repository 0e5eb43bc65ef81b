import { JsonText } from './answerText.ts';

/** Shorter ones are taken for ASCII, which they are but for names. */
const longText = 256;

/** About how many bytes a value is as JSON; exact for what is long. Escapes are left out. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return bytesOf(value) + 2;
  if (typeof value !== 'object' || value === null) return 5;
  if (value instanceof JsonText) return bytesOf(value.text);
  let size = 2;
  if (Array.isArray(value)) for (const each of value) size += sizeOf(each) + 1;
  else for (const key in value) size += key.length + 4 + sizeOf((value as Record<string, unknown>)[key]);
  return size;
}

const bytesOf = (text: string): number => (text.length < longText ? text.length : Buffer.byteLength(text));

/** Where the longest text of an answer stands. */
export function pathOfLongestText(data: unknown): (string | number)[] {
  let longest = -1;
  let found: (string | number)[] = [];
  const path: (string | number)[] = [];
  function walk(value: unknown): void {
    if (typeof value === 'object' && value !== null && !(value instanceof JsonText)) {
      for (const key of Object.keys(value)) {
        path.push(Array.isArray(value) ? Number(key) : key);
        walk((value as Record<string, unknown>)[key]);
        path.pop();
      }
      return;
    }
    const size = sizeOf(value);
    if (size <= longest) return;
    longest = size;
    found = [...path];
  }
  walk(data);
  return found;
}
