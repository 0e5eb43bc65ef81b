import { parseJsonString } from '../json/parseJson.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/**
 * The members of a JSON object as the text they were written in, so that they can be put together anew without a number
 * changing its digits or an object the order of its keys. Of keys written twice the last counts, in the first one's place.
 *
 * @param text valid JSON.
 * @returns null when it is not an object.
 */
export function membersOf(text: string): Map<string, string> | null {
  let at = skipSpace(text, 0);
  if (text.charCodeAt(at) !== OPEN_BRACE) return null;
  const members = new Map<string, string>();
  at = skipSpace(text, at + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const keyEnd = endOfString(text, at);
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const valueEnd = endOfValue(text, valueStart);
    members.set(parseJsonString(text.slice(at, keyEnd)), text.slice(valueStart, valueEnd).trimEnd());
    at = skipSpace(text, valueEnd + 1);
  }
  return members;
}

/** Writes an object of members that are JSON text already. */
export function objectOf(members: Iterable<readonly [key: string, value: string]>): string {
  const written: string[] = [];
  for (const [key, value] of members) written.push(`${JSON.stringify(key)}:${value}`);
  return `{${written.join(',')}}`;
}

/** JSON knows four kinds of white space, all at or below the space. */
function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++;
  return at;
}

/** @returns the place after the closing quote. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) at += code === BACKSLASH ? 2 : 1;
  return at + 1;
}

/** @returns the place of the comma or brace that follows the value. */
function endOfValue(text: string, from: number): number {
  let depth = 0;
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      continue;
    }
    if (depth === 0 && (code === COMMA || code === CLOSE_BRACE)) return at;
    if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--;
    at++;
  }
}
