/**
 * `JSON.parse` of a text from outside, right on every engine.
 *
 * V8 in Node 24 and 26, and in browsers of that time, can confuse a key that is written with an escape with a key of any object
 * that it read before: after `{"\\":1}`, `{"\n":1}` is read with the key `\` (nodejs/node#63785). It reads keys without an
 * escape correctly, so only texts with an escape in a key are read here.
 *
 * @throws SyntaxError where the text is not JSON.
 */
export function parseJson(text: string): unknown {
  if (!hasEscapedKey(text)) return JSON.parse(text);
  // Throws where the text is not JSON: the reader below only looks for where values end.
  JSON.parse(text);
  return read(text);
}

/** The value of a JSON string with its quotes. Every engine reads a string by itself correctly. */
export const parseJsonString = (token: string): string => JSON.parse(token) as string;

const space = 0x20;
const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Whether a key has an escape. Examines only strings with an escape, and skips everything else. */
function hasEscapedKey(text: string): boolean {
  let at = text.indexOf('\\');
  while (at !== -1) {
    const end = endOfString(text, at);
    if (end === 0) return false;
    if (text.charCodeAt(skipSpace(text, end)) === colon) return true;
    at = text.indexOf('\\', end);
  }
  return false;
}

/** How far a string is read character by character after an escape, before `indexOf` searches for the next quote. */
const near = 32;

/** @returns the position after the quote that ends the string around `from`; 0 where there is none */
function endOfString(text: string, from: number): number {
  let far = from + near;
  for (let at = from; at < text.length; at++) {
    if (at >= far) {
      const found = text.indexOf('"', at);
      if (found === -1) return 0;
      let before = found;
      while (before > at && text.charCodeAt(before - 1) === backslash) before--;
      if ((found - before) % 2 === 0) return found + 1;
      at = found;
      far = found + near;
      continue;
    }
    const code = text.charCodeAt(at);
    if (code === quote) return at + 1;
    if (code === backslash) {
      at++;
      far = at + near;
    }
  }
  return 0;
}

/** JSON has four white space characters, none with a higher code than the space. */
function skipSpace(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= space) at++;
  return at;
}

type Container = Record<string, unknown> | unknown[];

/** Reads valid JSON. Without recursion, so that no depth of nesting exhausts the stack. */
function read(text: string): unknown {
  const around: Container[] = [];
  const keys: string[] = [];
  let within: Container | undefined;
  let key = '';
  let at = 0;
  for (;;) {
    at = skipSpace(text, at);
    const first = text.charCodeAt(at);
    let value: unknown;
    if (first === comma || first === colon) {
      at++;
      continue;
    }
    if (first === openBrace || first === openBracket) {
      if (within) {
        around.push(within);
        keys.push(key);
      }
      within = first === openBrace ? {} : [];
      at++;
      continue;
    }
    if (first === closeBrace || first === closeBracket) {
      at++;
      value = within;
      within = around.pop();
      key = keys.pop() ?? '';
    } else if (first === quote) {
      const end = endOfString(text, at + 1);
      value = parseJsonString(text.slice(at, end));
      at = end;
      if (within && !Array.isArray(within)) {
        const next = skipSpace(text, at);
        if (text.charCodeAt(next) === colon) {
          key = value as string;
          at = next + 1;
          continue;
        }
      }
    } else {
      const end = endOfScalar(text, at);
      value = JSON.parse(text.slice(at, end));
      at = end;
    }
    if (!within) return value;
    if (Array.isArray(within)) within.push(value);
    else if (key === '__proto__') define(within, key, value);
    else within[key] = value;
  }
}

/** @returns the position after a number or a word */
function endOfScalar(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= space || code === comma || code === closeBrace || code === closeBracket) break;
  }
  return at;
}

/** Defines an ordinary member: an assignment to `__proto__` would set the prototype. */
const define = (object: object, key: string, value: unknown) =>
  Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
