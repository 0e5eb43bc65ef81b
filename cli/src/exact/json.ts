import { randomUUID } from 'node:crypto';
import { parseJson } from '@everhook/sdk/json';

// A number becomes a text with this mark, and a number again when it is written: JavaScript would write 1.10 as 1.1.
// It begins with a letter, so that YAML writes it without quotes.
const mark = `n${randomUUID()}`;
const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const marked = new RegExp(`"?${mark}([-+.0-9eE]+)"?`, 'g');

/** JSON whose numbers keep their text. Read by {@link parseExact}, written by {@link exactText}. */
export type Exact = unknown;

/** @throws SyntaxError */
export function parseExact(text: string): Exact {
  // Also refuses what only looks like JSON with the marks in place.
  JSON.parse(text);
  return parseJson(text.replace(token, (found) => (found.startsWith('"') ? found : `"${exactNumber(found)}"`)));
}

/** A number that keeps its text. */
export const exactNumber = (text: string): Exact & string => `${mark}${text}`;

/** The text of such a number; null for anything else. */
export const numberTextOf = (value: Exact): string | null =>
  typeof value === 'string' && value.startsWith(mark) ? value.slice(mark.length) : null;

/** Numbers as they were written, in JSON or YAML that was made of exact values. */
export const withNumbers = (text: string): string => text.replace(marked, (_found, number) => number);

export const exactText = (value: Exact, indent?: number): string => withNumbers(JSON.stringify(value, null, indent));

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

const maxInteger = 2n ** 53n;

/** Why the product takes a number nowhere; null where it does. */
export function refusedBecause(written: string): string | null {
  if (/^-?\d+$/.test(written) && (BigInt(written) > maxInteger || BigInt(written) < -maxInteger)) {
    return 'is an integer beyond ±2^53, which not every reader of JSON keeps';
  }
  return Number.isFinite(Number(written)) ? null : 'is no number that JSON and its readers can hold';
}

/** The numbers in a value that the product refuses, each with its path from there and the reason. */
export function* refusedNumbers(value: Exact, path = ''): Generator<{ path: string; written: string; why: string }> {
  const written = numberTextOf(value);
  const why = written === null ? null : refusedBecause(written);
  if (written !== null && why !== null) yield { path, written, why };
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    yield* refusedNumbers(member, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`);
  }
}
