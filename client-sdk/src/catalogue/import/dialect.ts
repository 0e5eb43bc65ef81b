import { isObject, type SchemaObject } from '../jsonSchema.ts';

/** The ways of writing a schema that sources use. All become draft 2020-12. */
export type Dialect = '2020-12' | 'draft-07' | 'openapi-3.0';

const named: readonly (readonly [RegExp, Dialect])[] = [
  [/^https?:\/\/json-schema\.org\/draft\/20(19-09|20-12)\/schema#?$/, '2020-12'],
  [/^https:\/\/spec\.openapis\.org\/oas\/3\.1\/dialect\/.+$/, '2020-12'],
  [/^https?:\/\/json-schema\.org\/draft-0[4-7]\/schema#?$/, 'draft-07'],
  [/^https?:\/\/json-schema\.org\/schema#?$/, '2020-12'],
];

/** The dialect that a `$schema` names; null for one that is not known here. */
export const dialectOf = (uri: string): Dialect | null => named.find(([pattern]) => pattern.test(uri))?.[1] ?? null;

/** Keywords of descriptions of APIs that say nothing about values. */
const foreign = ['$schema', 'id', 'xml', 'externalDocs', 'discriminator', 'nullable', 'example', 'additionalItems'];

/** One schema in draft 2020-12, without looking into those that it holds. */
export function converted(schema: SchemaObject, dialect: Dialect): Record<string, unknown> {
  const made: Record<string, unknown> = { ...schema };
  for (const keyword of foreign) delete made[keyword];
  if (Object.hasOwn(schema, 'example') && made.examples === undefined) made.examples = [schema.example];
  if (dialect === '2020-12') return made;
  for (const [end, open] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    if (typeof made[open] !== 'boolean') continue;
    if (made[open] === true && made[end] !== undefined) {
      made[open] = made[end];
      delete made[end];
    } else delete made[open];
  }
  if (Array.isArray(schema.items)) {
    made.prefixItems = schema.items;
    delete made.items;
    if (schema.additionalItems !== undefined) made.items = schema.additionalItems;
    if ((made.prefixItems as unknown[]).length === 0) delete made.prefixItems;
  }
  if (isObject(schema.dependencies)) {
    const all = Object.entries(schema.dependencies);
    const lists = all.filter(([, of]) => Array.isArray(of));
    const schemas = all.filter(([, of]) => !Array.isArray(of));
    delete made.dependencies;
    if (lists.length > 0) made.dependentRequired = Object.fromEntries(lists);
    if (schemas.length > 0) made.dependentSchemas = Object.fromEntries(schemas);
  }
  // Before draft 2019-09, what stands beside a reference is not read.
  if (typeof schema.$ref === 'string') {
    const { $ref, description, definitions, $defs } = made;
    return Object.fromEntries(
      Object.entries({ $ref, description, definitions, $defs }).filter(([, value]) => value !== undefined),
    );
  }
  return dialect === 'openapi-3.0' && schema.nullable === true ? orNull(made) : made;
}

function orNull({ description, ...schema }: Record<string, unknown>): Record<string, unknown> {
  const words = description === undefined ? {} : { description };
  if (typeof schema.type !== 'string') return { ...words, anyOf: [schema, { type: 'null' }] };
  const withNull = { ...words, ...schema, type: [schema.type, 'null'] };
  return Array.isArray(schema.enum) && !schema.enum.includes(null)
    ? { ...withNull, enum: [...schema.enum, null] }
    : withNull;
}
