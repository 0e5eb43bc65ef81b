import { GraphQLError, Kind, type ValueNode } from 'graphql';
import { ApiError, invalid } from '../errors.ts';
import { parseJson, parseJsonString } from '../parseJson.ts';
import { checkDepth, deepestJson, deepestText, tooDeep } from './jsonDepth.ts';

/**
 * JSON values with their text. JavaScript loses what publishers sign and compare by: `1.0` becomes `1`, a key `"2"` moves before
 * a key `"a"`, an integer beyond ±2^53 becomes another one. So the text of every value is found again in the body it came in.
 *
 * Most clients write what `JSON.stringify` writes. Where the whole body is exactly that, every value's text is too, and nothing
 * needs to be looked for. Otherwise each object and array is paired with its slice of the body.
 */

/** The text of values whose text is not what `JSON.stringify` writes. */
const texts = new WeakMap<object, string>();

/** A body of which the values are known, or why it is refused. */
export interface JsonBody {
  readonly value: unknown;
  readonly problem: ApiError | null;
}

const malformed = (): JsonBody => ({ value: null, problem: invalid('body', 'The body is not valid JSON.') });

/** Reads a GraphQL request and keeps the text of what its variables hold. */
export function readJsonBody(text: string): JsonBody {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    return malformed();
  }
  try {
    const root = variablesIn(value);
    if (root) checkDepth(root.variables, 'variables');
    checkDepth(value, 'body', root ? -root.path.length : 0, root?.variables);
    // A long run of digits may be an integer that was rounded and happens to print as it was written.
    if (root && (/[:,[\s-]\d{16}/.test(text) || JSON.stringify(value) !== text))
      new Slicer(text).readAt(value, root.path);
    return { value, problem: null };
  } catch (error) {
    if (error instanceof ApiError) return { value, problem: error };
    throw error;
  }
}

/** Where the variables lie: in an HTTP body, or in the payload of a WebSocket message. */
function variablesIn(value: unknown): { variables: object; path: readonly string[] } | null {
  if (!isObject(value)) return null;
  if (isObject(value.variables)) return { variables: value.variables, path: ['variables'] };
  const { payload } = value;
  if (isObject(payload) && isObject(payload.variables)) {
    return { variables: payload.variables, path: ['payload', 'variables'] };
  }
  return null;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const number = /-?\d+(\.\d+)?([eE][+-]?\d+)?/y;
const literal = /true|false|null/y;
const space = /[ \t\n\r]*/y;

/** What is read of a value beside its text. Where a key is given twice, the text is not the value's until that is found out. */
const memberOf = (value: unknown, name: string | number): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[name] : undefined;

function keepText(value: unknown, text: string): void {
  if (typeof value === 'object' && value !== null) texts.set(value, text);
}

/** Walks a JSON text beside its parsed value. The text is known to be valid, so it looks for ends and for nothing else. */
class Slicer {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Goes down `path` and reads what is there. Of a key that is given twice the last counts, as in `JSON.parse`. */
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

  /** The value's depth is known to be bounded; that of a key given twice, of which the value holds the last, is not. */
  #enter(): void {
    this.#at++;
    if (++this.#depth > deepestText) throw tooDeep('body');
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
    if (!match) throw new Error('A JSON text that was accepted cannot be read again.');
    this.#at = token.lastIndex;
    return match[0];
  }
}

/** Where the JSON string that begins at `start` ends. No pattern: one that may go back keeps a note of every character. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = text.indexOf('"', at);
    let backslashes = 0;
    while (text[at - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return at + 1;
  }
}

const largest = 2n ** 53n;

/** Integers are refused beyond ±2^53, where JavaScript rounds them, and numbers beyond what a double holds. */
function checkNumber(token: string, field: string): void {
  const problem = numberProblem(token);
  if (problem) throw invalid(field, problem);
}

function numberProblem(token: string): string | null {
  if (token.length >= 16 && /^-?\d+$/.test(token)) {
    const integer = BigInt(token);
    if (integer > largest || integer < -largest) {
      return 'Integers beyond ±2^53 do not survive every JSON reader: send this one as a string.';
    }
  }
  if (!Number.isFinite(Number(token))) return 'This number is larger than a double holds: send it as a string.';
  return null;
}

/** The JSON text of a value that came in as a variable or a literal: as it was written, without the space between tokens. */
export function jsonTextOf(value: unknown): string {
  return (typeof value === 'object' && value !== null ? texts.get(value) : undefined) ?? JSON.stringify(value);
}

/** The value of a JSON literal in a GraphQL document, with its text. */
export function literalJson(
  node: ValueNode,
  variables: Record<string, unknown> | null | undefined,
  depth = 1,
): unknown {
  if (depth > deepestJson) throw new GraphQLError(tooDeep('').message, { nodes: node });
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.ENUM:
      throw new GraphQLError('JSON has no such word: write it as a string.', { nodes: node });
    case Kind.INT:
    case Kind.FLOAT: {
      const problem = numberProblem(node.value);
      if (problem) throw new GraphQLError(problem, { nodes: node });
      return Number(node.value);
    }
    case Kind.VARIABLE:
      return variables?.[node.name.value];
    case Kind.LIST: {
      const items = node.values.map((item) => literalJson(item, variables, depth + 1));
      texts.set(items, `[${node.values.map((item, index) => literalText(item, items[index])).join(',')}]`);
      return items;
    }
    case Kind.OBJECT: {
      const value: Record<string, unknown> = {};
      const members: string[] = [];
      for (const field of node.fields) {
        const name = field.name.value;
        const inner = literalJson(field.value, variables, depth + 1);
        // A variable that was not given leaves its key out, as in every input object.
        if (inner === undefined) continue;
        Object.defineProperty(value, name, { value: inner, enumerable: true, writable: true, configurable: true });
        members.push(`${JSON.stringify(name)}:${literalText(field.value, inner)}`);
      }
      texts.set(value, `{${members.join(',')}}`);
      return value;
    }
  }
}

const literalText = (node: ValueNode, value: unknown): string =>
  node.kind === Kind.INT || node.kind === Kind.FLOAT ? node.value : jsonTextOf(value ?? null);
