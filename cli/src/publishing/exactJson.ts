import { randomUUID } from 'node:crypto';
import { parseJson } from '@everhook/sdk/json';

// A number becomes a text with this mark, and a number again when it is written: JavaScript would write 1.10 as 1.1.
const mark = randomUUID();
const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const marked = new RegExp(`"${mark}([^"]*)"`, 'g');

/** JSON whose numbers keep their text. Read by {@link parseExact}, written by {@link exactText}. */
export type Exact = unknown;

/** @throws SyntaxError */
export function parseExact(text: string): Exact {
  // Also refuses what only looks like JSON with the marks in place.
  JSON.parse(text);
  return parseJson(text.replace(token, (found) => (found.startsWith('"') ? found : `"${mark}${found}"`)));
}

export const exactText = (value: Exact): string => JSON.stringify(value).replace(marked, (_found, number) => number);

/** The value that an option means: JSON, or else text. */
export function exactOf(given: string): Exact {
  try {
    return parseExact(given);
  } catch {
    return given;
  }
}

/** Names that would reach into the objects of JavaScript itself. */
const forbidden = new Set(['__proto__', 'prototype', 'constructor']);

/**
 * Sets a member within an object: `customer.address.city`, or `lines.0.sku` in a list.
 *
 * @returns what is wrong; null where it is set
 */
export function setMember(whole: Exact, path: string, value: Exact): string | null {
  const names = path.split('.');
  if (names.some((name) => name === '' || forbidden.has(name)))
    return 'A path has names with dots between them, such as a.b.';
  let at = whole as Record<string, unknown>;
  for (const [index, name] of names.entries()) {
    if (Array.isArray(at) && (!/^\d+$/.test(name) || Number(name) > at.length)) {
      return `"${names.slice(0, index).join('.')}" is a list of ${at.length}: "${name}" is no place in it.`;
    }
    if (index === names.length - 1) {
      at[name] = value;
      return null;
    }
    const next = at[name];
    if (next === undefined) at[name] = {};
    else if (typeof next !== 'object' || next === null) {
      return `"${names.slice(0, index + 1).join('.')}" is no object: nothing can be set within it.`;
    }
    at = at[name] as Record<string, unknown>;
  }
  return null;
}
