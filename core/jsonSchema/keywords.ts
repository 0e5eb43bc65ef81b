import { isObject } from '../json/isObject.ts';
/** The keywords of draft 2020-12 whose values are or contain schemas, and in which form. */
export const subschemaKeywords: ReadonlyMap<string, 'one' | 'list' | 'named'> = new Map([
  ...(
    [
      'additionalProperties',
      'contains',
      'contentSchema',
      'else',
      'if',
      'items',
      'not',
      'propertyNames',
      'then',
      'unevaluatedItems',
      'unevaluatedProperties',
    ] as const
  ).map((name) => [name, 'one'] as const),
  ...(['allOf', 'anyOf', 'oneOf', 'prefixItems'] as const).map((name) => [name, 'list'] as const),
  // This includes keywords of earlier drafts that the draft's meta-schema still describes and validators still accept.
  ...(['$defs', 'definitions', 'dependentSchemas', 'patternProperties', 'properties'] as const).map(
    (name) => [name, 'named'] as const,
  ),
]);

/** What each other keyword's value must be. */
export const valueKinds: ReadonlyMap<string, ValueKind> = new Map<string, ValueKind>([
  ['$anchor', 'anchor'],
  ['$comment', 'text'],
  ['$dynamicAnchor', 'anchor'],
  ['$dynamicRef', 'text'],
  ['$id', 'text'],
  ['$ref', 'text'],
  ['$schema', 'text'],
  ['$vocabulary', 'object'],
  ['const', 'any'],
  ['contentEncoding', 'text'],
  ['contentMediaType', 'text'],
  ['default', 'any'],
  ['dependencies', 'object'],
  ['dependentRequired', 'object'],
  ['deprecated', 'yes or no'],
  ['description', 'text'],
  ['enum', 'list'],
  ['examples', 'list'],
  ['exclusiveMaximum', 'number'],
  ['exclusiveMinimum', 'number'],
  ['format', 'text'],
  ['maxContains', 'count'],
  ['maxItems', 'count'],
  ['maxLength', 'count'],
  ['maxProperties', 'count'],
  ['maximum', 'number'],
  ['minContains', 'count'],
  ['minItems', 'count'],
  ['minLength', 'count'],
  ['minProperties', 'count'],
  ['minimum', 'number'],
  ['multipleOf', 'positive number'],
  ['pattern', 'text'],
  ['readOnly', 'yes or no'],
  ['required', 'names'],
  ['title', 'text'],
  ['type', 'types'],
  ['uniqueItems', 'yes or no'],
  ['writeOnly', 'yes or no'],
]);

export type ValueKind =
  | 'anchor'
  | 'any'
  | 'count'
  | 'list'
  | 'names'
  | 'number'
  | 'object'
  | 'positive number'
  | 'text'
  | 'types'
  | 'yes or no';

export const typeNames = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'] as const;
export type TypeName = (typeof typeNames)[number];

const isText = (value: unknown): value is string => typeof value === 'string';
const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every(isText) && new Set(value).size === value.length;
const isType = (value: unknown): boolean => (typeNames as readonly unknown[]).includes(value);

const kinds: Record<ValueKind, { readonly fits: (value: unknown) => boolean; readonly what: string }> = {
  anchor: {
    fits: (value) => isText(value) && /^[A-Za-z_][-A-Za-z0-9._]*$/.test(value),
    what: 'a name: letters, digits, "-", "_" and ".", beginning with a letter or "_"',
  },
  any: { fits: () => true, what: 'a value' },
  count: { fits: (value) => Number.isInteger(value) && (value as number) >= 0, what: 'a whole number from 0' },
  list: { fits: Array.isArray, what: 'a list' },
  names: { fits: isNames, what: 'a list of different names' },
  number: { fits: (value) => typeof value === 'number', what: 'a number' },
  object: { fits: isObject, what: 'an object' },
  'positive number': { fits: (value) => typeof value === 'number' && value > 0, what: 'a number above 0' },
  text: { fits: isText, what: 'a string' },
  types: {
    fits: (value) =>
      isType(value) ||
      (Array.isArray(value) && value.length > 0 && value.every(isType) && new Set(value).size === value.length),
    what: `one of ${typeNames.map((name) => `"${name}"`).join(', ')}, or a list of them`,
  },
  'yes or no': { fits: (value) => typeof value === 'boolean', what: 'true or false' },
};

/** What is wrong with a keyword's value, as the end of a sentence; null for a valid value. */
export function problemOf(keyword: string, value: unknown): string | null {
  if (keyword === 'dependentRequired') {
    return isObject(value) && Object.values(value).every(isNames)
      ? null
      : 'must be an object whose values are lists of different names';
  }
  const held = subschemaKeywords.get(keyword);
  if (held === 'list') {
    return Array.isArray(value) && value.length > 0 ? null : 'must be a list of at least one schema';
  }
  if (held === 'named') return isObject(value) ? null : 'must be an object whose values are schemas';
  if (held === 'one') return isSchema(value) ? null : 'must be a schema: an object, true or false';
  const kind = valueKinds.get(keyword);
  return kind === undefined || kinds[kind].fits(value) ? null : `must be ${kinds[kind].what}`;
}

/** A schema of draft 2020-12: an object of keywords, or a boolean: true accepts everything, false nothing. */
export type Schema = boolean | Record<string, unknown>;
export const isSchema = (value: unknown): value is Schema => typeof value === 'boolean' || isObject(value);
