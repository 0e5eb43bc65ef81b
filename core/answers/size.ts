import { JsonText } from './answerText.ts';

/** Shorter texts are assumed to be ASCII, which most are. */
const minExactLength = 256;

/** The approximate size of a value as JSON, in bytes. Long texts count exactly; escapes are not counted. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return bytesOf(value) + 2;
  if (typeof value !== 'object' || value === null) return 5;
  if (value instanceof JsonText) return bytesOf(value.text);
  let size = 2;
  if (Array.isArray(value)) for (const each of value) size += sizeOf(each) + 1;
  else for (const key in value) size += key.length + 4 + sizeOf((value as Record<string, unknown>)[key]);
  return size;
}

const bytesOf = (text: string): number => (text.length < minExactLength ? text.length : Buffer.byteLength(text));

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
    const size = sizeOf(value);
    if (size <= largest) return;
    largest = size;
    found = [...path];
  }
  visit(data);
  return found;
}
