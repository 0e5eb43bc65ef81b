import { invalid } from '../ground/errors.ts';
import { maxTextDepth, tooDeep } from './depth.ts';
import { checkNumber } from './numbers.ts';
import { parseJsonString } from './parseJson.ts';
import { keepText } from './sourceText.ts';

const number = /-?\d+(\.\d+)?([eE][+-]?\d+)?/y;
const literal = /true|false|null/y;
const space = /[ \t\n\r]*/y;

/** A member of the parsed value. Where a key is given twice, text and value differ until the duplicate is found. */
const memberOf = (value: unknown, name: string | number): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[name] : undefined;

/** Walks a JSON text alongside its parsed value. The text is known to be valid, so it looks only for where values end. */
export class Slicer {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Follows `path` and reads the value there. If a key is given twice, the last one counts, as in `JSON.parse`. */
  readAt(value: unknown, path: readonly string[]): void {
    const [key, ...rest] = path;
    this.#take(space);
    if (key === undefined) {
      this.#value(value, '');
      return;
    }
    let last = -1;
    this.#members((name) => {
      if (name === key) last = this.#at;
      this.#skip();
    });
    this.#at = last;
    this.readAt((value as Record<string, unknown>)[key], rest);
  }

  /** Reads one value. @returns its text without the space between tokens */
  #value(value: unknown, path: string): string {
    const first = this.#text[this.#at];
    if (first === '{') return this.#object(value, path);
    if (first === '[') return this.#array(value, path);
    if (first === '"') return this.#string();
    if (first === 't' || first === 'f' || first === 'n') return this.#take(literal);
    const token = this.#take(number);
    checkNumber(token, path);
    return token;
  }

  #object(value: unknown, path: string): string {
    const members: string[] = [];
    const seen = new Set<string>();
    this.#members((name, token) => {
      const inner = path === '' ? name : `${path}.${name}`;
      if (seen.has(name)) throw invalid(inner, 'This key is given twice in the same object: give it once.');
      seen.add(name);
      members.push(`${token}:${this.#value(memberOf(value, name), inner)}`);
    });
    const text = `{${members.join(',')}}`;
    keepText(value, text);
    return text;
  }

  #array(value: unknown, path: string): string {
    const items: string[] = [];
    this.#items((index) => items.push(this.#value(memberOf(value, index), `${path}[${index}]`)));
    const text = `[${items.join(',')}]`;
    keepText(value, text);
    return text;
  }

  #members(each: (name: string, token: string) => void): void {
    this.#enter();
    this.#take(space);
    while (this.#text[this.#at] !== '}') {
      const token = this.#string();
      this.#take(space);
      this.#at++;
      this.#take(space);
      each(parseJsonString(token), token);
      this.#next();
    }
    this.#leave();
  }

  #items(each: (index: number) => void): void {
    this.#enter();
    this.#take(space);
    for (let index = 0; this.#text[this.#at] !== ']'; index++) {
      each(index);
      this.#next();
    }
    this.#leave();
  }

  /** The value's depth is bounded already. The text's is not: of a key that is given twice, the value holds only the last. */
  #enter(): void {
    this.#at++;
    if (++this.#depth > maxTextDepth) throw tooDeep('body');
  }

  #leave(): void {
    this.#at++;
    this.#depth--;
  }

  #next(): void {
    this.#take(space);
    if (this.#text[this.#at] === ',') {
      this.#at++;
      this.#take(space);
    }
  }

  #skip(): void {
    const first = this.#text[this.#at];
    if (first === '{') this.#members(() => this.#skip());
    else if (first === '[') this.#items(() => this.#skip());
    else if (first === '"') this.#string();
    else if (first === 't' || first === 'f' || first === 'n') this.#take(literal);
    else this.#take(number);
  }

  #string(): string {
    const start = this.#at;
    this.#at = endOfString(this.#text, start);
    return this.#text.slice(start, this.#at);
  }

  #take(token: RegExp): string {
    token.lastIndex = this.#at;
    const match = token.exec(this.#text);
    if (!match) throw new Error('This JSON text was accepted before and cannot be read again.');
    this.#at = token.lastIndex;
    return match[0];
  }
}

/** Where the JSON string that begins at `start` ends. Not a regular expression: backtracking would keep a note of every character. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = text.indexOf('"', at);
    let backslashes = 0;
    while (text[at - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return at + 1;
  }
}
