import { parseJsonString } from '../json/parseJson.ts';
import { AsciiWriter } from './asciiWriter.ts';
import { pythonFloat } from './pythonFloat.ts';

/** Maximum depth that is rewritten. Everhook accepts 64 levels in an event, and adds a few around them. */
const maxDepth = 128;
/** Maximum length that is rewritten. Everhook accepts 1 MiB in an event, which grows a little by its envelope and by another serializer. */
const maxLength = 1.25 * 1024 * 1024;

const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const quote = 0x22;
const plus = 0x2b;
const comma = 0x2c;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const nine = 0x39;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const lastPrintable = 0x7e;

/**
 * The text that Python's `json.dumps(json.loads(text))` writes, in ASCII; null where the text is not JSON, or longer or deeper than an
 * event can be.
 *
 * It works on the text, not on a parsed value: `1.0` stays a float, a long integer keeps its digits, members keep their order. Anybody
 * can send a text to a receiver, so it is read once, and takes little more memory than its own length.
 */
export function pythonJson(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length > maxLength) return null;
  try {
    return new Rewriter(text).rewrite();
  } catch {
    return null;
  }
}

class Rewriter {
  readonly #text: string;
  readonly #out: AsciiWriter;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#out = new AsciiWriter(text.length);
  }

  rewrite(): Uint8Array<ArrayBuffer> {
    this.#value();
    if (!Number.isNaN(this.#next())) throw notJson();
    return this.#out.bytes;
  }

  /** The next character that is no white space, which stays; NaN at the end. */
  #next(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== space && code !== lineFeed && code !== carriageReturn && code !== tab) return code;
      this.#at++;
    }
  }

  #takeIf(code: number): boolean {
    if (this.#next() !== code) return false;
    this.#at++;
    return true;
  }

  #value(): void {
    const code = this.#next();
    if (code === openBrace || code === openBracket) {
      if (++this.#depth > maxDepth) throw new RangeError('This is nested too deep.');
      this.#at++;
      this.#out.push(code);
      if (code === openBrace) this.#members();
      else this.#items();
      this.#depth--;
    } else if (code === quote) this.#string();
    else if (code === minus || isDigit(code)) this.#number();
    else this.#word();
  }

  #items(): void {
    for (let count = 0; !this.#takeIf(closeBracket); count++) {
      if (count > 0) this.#separate();
      this.#value();
    }
    this.#out.push(closeBracket);
  }

  #members(): void {
    const from = this.#out.length;
    const written = new Map<string, readonly [from: number, to: number]>();
    let count = 0;
    for (; !this.#takeIf(closeBrace); count++) {
      if (count > 0) this.#separate();
      const start = this.#out.length;
      const name = this.#name();
      if (!this.#takeIf(colon)) throw notJson();
      this.#out.write(': ');
      this.#value();
      written.set(name, [start, this.#out.length]);
    }
    // As in a dict, a repeated name keeps its first position and its last value.
    if (written.size < count) this.#out.keep(from, written.values(), ', ');
    this.#out.push(closeBrace);
  }

  #separate(): void {
    if (!this.#takeIf(comma)) throw notJson();
    this.#out.write(', ');
  }

  #name(): string {
    if (this.#next() !== quote) throw notJson();
    const from = this.#at;
    this.#string();
    const token = this.#text.slice(from, this.#at);
    return token.includes('\\') ? parseJsonString(token) : token.slice(1, -1);
  }

  #string(): void {
    this.#at++;
    this.#out.push(quote);
    for (;;) {
      const code = this.#text.charCodeAt(this.#at++);
      if (code === quote) break;
      // NaN, behind the end, is not greater either.
      if (!(code >= space)) throw notJson();
      this.#unit(code === backslash ? this.#escaped() : code);
    }
    this.#out.push(quote);
  }

  /** The UTF-16 unit that an escape stands for. */
  #escaped(): number {
    const letter = this.#text.charAt(this.#at++);
    if (letter !== 'u') {
      const code = escapes.get(letter);
      if (code === undefined) throw notJson();
      return code;
    }
    const digits = this.#text.slice(this.#at, this.#at + 4);
    if (!/^[0-9a-f]{4}$/i.test(digits)) throw notJson();
    this.#at += 4;
    return Number.parseInt(digits, 16);
  }

  #unit(code: number): void {
    if (code >= space && code <= lastPrintable && code !== quote && code !== backslash) this.#out.push(code);
    else this.#out.write(shortEscapes.get(code) ?? `\\u${code.toString(16).padStart(4, '0')}`);
  }

  #number(): void {
    const from = this.#at;
    if (this.#text.charCodeAt(this.#at) === minus) this.#at++;
    if (this.#text.charCodeAt(this.#at) === zero) this.#at++;
    else this.#digits();
    const hasFraction = this.#fraction();
    const isFloat = this.#exponent() || hasFraction;
    const token = this.#text.slice(from, this.#at);
    this.#out.write(isFloat ? pythonFloat(Number(token)) : token === '-0' ? '0' : token);
  }

  #fraction(): boolean {
    if (this.#text.charCodeAt(this.#at) !== point) return false;
    this.#at++;
    this.#digits();
    return true;
  }

  #exponent(): boolean {
    const letter = this.#text.charAt(this.#at);
    if (letter !== 'e' && letter !== 'E') return false;
    const sign = this.#text.charCodeAt(++this.#at);
    if (sign === plus || sign === minus) this.#at++;
    this.#digits();
    return true;
  }

  #digits(): void {
    const from = this.#at;
    while (isDigit(this.#text.charCodeAt(this.#at))) this.#at++;
    if (this.#at === from) throw notJson();
  }

  #word(): void {
    const word = words.find((each) => this.#text.startsWith(each, this.#at));
    if (word === undefined) throw notJson();
    this.#at += word.length;
    this.#out.write(word);
  }
}

const isDigit = (code: number) => code >= zero && code <= nine;
const words = ['true', 'false', 'null'] as const;

const escapes: ReadonlyMap<string, number> = new Map(
  Object.entries({ '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }).map(
    ([letter, character]) => [letter, character.charCodeAt(0)],
  ),
);
/** Python writes the same short ones, without that of the slash. */
const shortEscapes: ReadonlyMap<number, string> = new Map(
  Array.from(escapes)
    .filter(([letter]) => letter !== '/')
    .map(([letter, code]) => [code, `\\${letter}`]),
);

const notJson = () => new SyntaxError('The text is not JSON.');
