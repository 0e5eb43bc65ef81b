import { invalid } from '../ground/errors.ts';
import { maxTextDepth, tooDeep } from './depth.ts';
import { numberProblem } from './numbers.ts';
import { parseJsonString } from './parseJson.ts';
import { type KeptText, keepText } from './sourceText.ts';

const number = /-?\d+(\.\d+)?([eE][+-]?\d+)?/y;
const literal = /true|false|null/y;
const space = 0x20;

/** A member of the parsed value. Where a key is given twice, text and value differ until the duplicate is found. */
const memberOf = (value: unknown, name: string | number): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[name] : undefined;

/**
 * Walks a JSON text alongside its parsed value. The text is known to be valid, so it looks only for where values end.
 *
 * All values together keep one text without the space between tokens, each its part of it: a text of its own for each would hold
 * the innermost as often as they are nested.
 */
export class Slicer {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  /** Where in the value it is. */
  readonly #path: (string | number)[] = [];
  /** The parts of the text between spaces. */
  readonly #pieces: string[] = [];
  #pieceAt = 0;
  /** How much shorter the kept text is up to here. */
  #left = 0;
  readonly #kept: KeptText = { text: '' };

  constructor(text: string) {
    this.#text = text;
  }

  /** Follows `path` and reads the value there. If a key is given twice, the last one counts, as in `JSON.parse`. */
  readAt(value: unknown, path: readonly string[]): void {
    const [key, ...rest] = path;
    this.#space();
    if (key === undefined) {
      this.#pieces.length = 0;
      this.#pieceAt = this.#at;
      this.#left = this.#at;
      this.#value(value);
      this.#pieces.push(this.#text.slice(this.#pieceAt, this.#at));
      this.#kept.text = this.#pieces.join('');
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

  #value(value: unknown): void {
    const first = this.#text[this.#at];
    if (first === '{' || first === '[') {
      const start = this.#at - this.#left;
      if (first === '{') this.#object(value);
      else this.#array(value);
      const end = this.#at - this.#left;
      // What is empty is written in one way.
      if (end > start + 2) keepText(value, this.#kept, start, end);
    } else if (first === '"') this.#string();
    else if (first === 't' || first === 'f' || first === 'n') this.#take(literal);
    else {
      const problem = numberProblem(this.#take(number));
      if (problem) throw invalid(this.#field(), problem);
    }
  }

  #object(value: unknown): void {
    let first: string | undefined;
    let seen: Set<string> | undefined;
    this.#members((name) => {
      this.#path.push(name);
      if (first === undefined) first = name;
      else {
        seen ??= new Set([first]);
        if (seen.has(name)) {
          throw invalid(this.#field(), 'This key is given twice in the same object: give it once.');
        }
        seen.add(name);
      }
      this.#value(memberOf(value, name));
      this.#path.pop();
    });
  }

  #array(value: unknown): void {
    this.#items((index) => {
      this.#path.push(index);
      this.#value(memberOf(value, index));
      this.#path.pop();
    });
  }

  /** The path as errors name it. */
  #field(): string {
    let field = '';
    for (const step of this.#path) {
      if (typeof step === 'number') field += `[${step}]`;
      else field = field === '' ? step : `${field}.${step}`;
    }
    return field;
  }

  #members(each: (name: string) => void): void {
    this.#enter();
    this.#space();
    while (this.#text[this.#at] !== '}') {
      const start = this.#at;
      this.#string();
      const name = parseJsonString(this.#text.slice(start, this.#at));
      this.#space();
      this.#at++;
      this.#space();
      each(name);
      this.#next();
    }
    this.#leave();
  }

  #items(each: (index: number) => void): void {
    this.#enter();
    this.#space();
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
    this.#space();
    if (this.#text[this.#at] === ',') {
      this.#at++;
      this.#space();
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

  #string(): void {
    this.#at = endOfString(this.#text, this.#at);
  }

  /** JSON has four white space characters, none with a higher code than the space. */
  #space(): void {
    if (!(this.#text.charCodeAt(this.#at) <= space)) return;
    const start = this.#at;
    while (this.#text.charCodeAt(this.#at) <= space) this.#at++;
    this.#pieces.push(this.#text.slice(this.#pieceAt, start));
    this.#pieceAt = this.#at;
    this.#left += this.#at - start;
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
