import { parseJsonString } from '../json/parseJson.ts';

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/**
 * The members of a JSON object as their original text, so that they can be written again without changing a number's digits or
 * the order of keys. If a key is repeated, the last value counts, at the first one's position.
 *
 * @param text valid JSON.
 * @returns null when it is not an object.
 */
export function membersOf(text: string): Map<string, string> | null {
  let at = skipSpace(text, 0);
  if (text.charCodeAt(at) !== openBrace) return null;
  const members = new Map<string, string>();
  at = skipSpace(text, at + 1);
  while (text.charCodeAt(at) === quote) {
    const keyEnd = endOfString(text, at);
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const valueEnd = endOfValue(text, valueStart);
    members.set(parseJsonString(text.slice(at, keyEnd)), text.slice(valueStart, valueEnd).trimEnd());
    at = skipSpace(text, valueEnd + 1);
  }
  return members;
}

/** Writes an object whose member values are JSON text already. */
export function objectOf(members: Iterable<readonly [key: string, value: string]>): string {
  const written: string[] = [];
  for (const [key, value] of members) written.push(`${JSON.stringify(key)}:${value}`);
  return `{${written.join(',')}}`;
}

/** JSON has four white space characters, none above U+0020. */
function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++;
  return at;
}

/** @returns the index after the closing quote. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  for (let code = text.charCodeAt(at); code !== quote; code = text.charCodeAt(at)) at += code === backslash ? 2 : 1;
  return at + 1;
}

/** @returns the index of the comma or brace that follows the value. */
function endOfValue(text: string, from: number): number {
  let depth = 0;
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = endOfString(text, at);
      continue;
    }
    if (depth === 0 && (code === comma || code === closeBrace)) return at;
    if (code === openBrace || code === openBracket) depth++;
    else if (code === closeBrace || code === closeBracket) depth--;
    at++;
  }
}
