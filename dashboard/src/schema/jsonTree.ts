import { parseJson } from '@everhook/sdk/json';
import { wordsOf } from '../words/words.ts';
import { jsonTokens } from './jsonTokens.ts';

/** A JSON value that keeps what JavaScript's own values lose: the text of numbers, and every member in its place. */
export type Json =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'array'; readonly items: readonly Json[] }
  | { readonly kind: 'object'; readonly members: readonly Member[] };

export type Member = readonly [name: string, value: Json];

/** As deep as the API takes JSON. */
const maxDepth = 64;

/** @throws SyntaxError where the text is not JSON, or is nested deeper than the API takes it */
export function readTree(text: string): Json {
  // Whatever follows reads valid JSON.
  parseJson(text);
  const tokens = [...jsonTokens(text)];
  let at = 0;
  const next = (): string => tokens[at++] ?? '';
  const value = (depth: number): Json => {
    const token = next();
    if (token === '{' || token === '[') {
      if (depth === maxDepth) throw new SyntaxError(wordsOf('catalogue')('form.tooDeep', { max: maxDepth }));
      return token === '{' ? object(depth + 1) : array(depth + 1);
    }
    if (token.startsWith('"')) return { kind: 'string', value: parseJson(token) as string };
    if (token === 'null') return { kind: 'null' };
    if (token === 'true' || token === 'false') return { kind: 'boolean', value: token === 'true' };
    return { kind: 'number', text: token };
  };
  const object = (depth: number): Json => {
    const members: Member[] = [];
    while (tokens[at] !== '}') {
      if (tokens[at] === ',') at++;
      const name = parseJson(next()) as string;
      at++;
      members.push([name, value(depth)]);
    }
    at++;
    return { kind: 'object', members };
  };
  const array = (depth: number): Json => {
    const items: Json[] = [];
    while (tokens[at] !== ']') {
      if (tokens[at] === ',') at++;
      items.push(value(depth));
    }
    at++;
    return { kind: 'array', items };
  };
  return value(0);
}

/** The JSON text of a value, two spaces a level; on one line with `indent` 0. */
export function writeTree(value: Json, indent = 2, depth = 0): string {
  const line = indent === 0 ? '' : `\n${' '.repeat(indent * (depth + 1))}`;
  const end = indent === 0 ? '' : `\n${' '.repeat(indent * depth)}`;
  switch (value.kind) {
    case 'null':
      return 'null';
    case 'boolean':
      return String(value.value);
    case 'number':
      return value.text;
    case 'string':
      return JSON.stringify(value.value);
    case 'array': {
      if (value.items.length === 0) return '[]';
      return `[${value.items.map((item) => line + writeTree(item, indent, depth + 1)).join(',')}${end}]`;
    }
    case 'object': {
      if (value.members.length === 0) return '{}';
      const colon = indent === 0 ? ':' : ': ';
      const members = value.members.map(
        ([name, member]) => `${line}${JSON.stringify(name)}${colon}${writeTree(member, indent, depth + 1)}`,
      );
      return `{${members.join(',')}${end}}`;
    }
  }
}

/** A value that was read by `JSON.parse`, such as a schema's default. */
export const treeOf = (value: unknown): Json => readTree(JSON.stringify(value) ?? 'null');

/** Whether a text is a number as JSON writes it. */
export const isNumberText = (text: string): boolean => /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text);

/** Whether two values are equal for a schema: 1.0 is 1, and the order of members does not matter. */
export const sameJson = (one: Json, other: Json): boolean => canonical(one) === canonical(other);

function canonical(value: Json): string {
  if (value.kind === 'number') return String(Number(value.text));
  if (value.kind === 'array') return `[${value.items.map(canonical).join(',')}]`;
  if (value.kind === 'object') {
    const members = new Map(value.members.map(([name, member]) => [name, canonical(member)]));
    return `{${[...members].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, text]) => `${JSON.stringify(name)}:${text}`)}}`;
  }
  return writeTree(value, 0);
}
