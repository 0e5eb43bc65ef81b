import { type Json, sameJson, treeOf } from './jsonTree.ts';
import {
  isSchemaObject,
  namedIn,
  type Schema,
  type SchemaDocument,
  type SchemaObject,
  schemaIn,
  schemasIn,
} from './schemaDocument.ts';

const typeNames = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'] as const;
export type TypeName = (typeof typeNames)[number];

export interface Property {
  readonly name: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** Schemas of which a value fits one, or some. */
export interface Choice {
  readonly kind: 'oneOf' | 'anyOf';
  readonly variants: readonly Schema[];
}

/** Keywords that bound a value, as people are told about them. */
const limitNames = [
  'minLength',
  'maxLength',
  'pattern',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
] as const;
type LimitName = (typeof limitNames)[number];

export interface Limit {
  readonly name: LimitName;
  readonly value: string;
}

/** What a schema says about a value, with its references followed and its `allOf` put together. */
export interface Shape {
  /** Empty: any. */
  readonly types: readonly TypeName[];
  readonly title: string | null;
  readonly description: string | null;
  readonly format: string | null;
  readonly deprecated: boolean;
  /** The name at the end of its reference, such as `address`. */
  readonly name: string | null;
  readonly constant: Json | null;
  readonly choices: readonly Json[] | null;
  readonly defaultValue: Json | null;
  readonly examples: readonly Json[];
  readonly properties: readonly Property[];
  readonly patterns: readonly (readonly [pattern: string, schema: Schema])[];
  /** Of the members without a property; false: there are no others. */
  readonly others: Schema;
  /** Of the first items of a list, one by one. */
  readonly first: readonly Schema[];
  /** Of the other items; false: there are no others. */
  readonly items: Schema;
  readonly variants: readonly Choice[];
  readonly conditions: readonly { readonly when: Schema; readonly follows: Schema; readonly otherwise: Schema }[];
  readonly not: Schema | null;
  readonly limits: readonly Limit[];
  /** No value fits. */
  readonly never: boolean;
}

/** The objects that together make a schema: itself, what it refers to, and its `allOf`. */
export function partsOf(document: SchemaDocument, schema: Schema): readonly SchemaObject[] {
  const found = new Set<SchemaObject>();
  const add = (each: Schema) => {
    if (each === true) return;
    if (each === false) return void found.add({ not: true });
    if (found.has(each)) return;
    found.add(each);
    for (const keyword of ['$ref', '$dynamicRef']) {
      const reference = each[keyword];
      if (typeof reference === 'string') add(document.referred(reference, each) ?? true);
    }
    for (const part of schemasIn(each.allOf)) add(part);
  };
  add(schema);
  return [...found];
}

const known = new WeakMap<SchemaDocument, WeakMap<object, Shape>>();

export function shapeOf(document: SchemaDocument, schema: Schema): Shape {
  if (typeof schema === 'boolean') return combined(partsOf(document, schema));
  const shapes = known.get(document) ?? new WeakMap<object, Shape>();
  known.set(document, shapes);
  const shape = shapes.get(schema) ?? combined(partsOf(document, schema));
  shapes.set(schema, shape);
  return shape;
}

/** What several parts say together. */
export function combined(parts: readonly SchemaObject[]): Shape {
  const text = (keyword: string): string | null => {
    const found = parts.map((part) => part[keyword]).find((value) => typeof value === 'string' && value !== '');
    return (found as string | undefined) ?? null;
  };
  const having = (keyword: string) => parts.filter((part) => Object.hasOwn(part, keyword));
  const [constant] = having('const');
  const [withDefault] = having('default');
  const required = new Set(parts.flatMap(({ required: names }) => (Array.isArray(names) ? names : [])));
  const properties = new Map<string, Schema[]>();
  for (const part of parts) {
    for (const [name, schema] of namedIn(part.properties)) {
      properties.set(name, [...(properties.get(name) ?? []), schema]);
    }
  }
  // A required member without a schema of its own is one, too.
  for (const name of required) if (typeof name === 'string' && !properties.has(name)) properties.set(name, [true]);
  const enumerations = parts.flatMap((part) => (Array.isArray(part.enum) ? [part.enum.map(treeOf)] : []));
  const reference = text('$ref') ?? text('$dynamicRef');
  return {
    types: commonTypes(parts),
    title: text('title'),
    description: text('description'),
    format: text('format'),
    deprecated: parts.some((part) => part.deprecated === true),
    name: reference === null ? null : (reference.split(/[/#]/).at(-1) ?? null) || null,
    constant: constant ? treeOf(constant.const) : null,
    choices: enumerations.reduce<readonly Json[] | null>(
      (kept, list) => (kept === null ? list : kept.filter((each) => list.some((other) => sameJson(each, other)))),
      null,
    ),
    defaultValue: withDefault ? treeOf(withDefault.default) : null,
    examples: parts.flatMap((part) => (Array.isArray(part.examples) ? part.examples.map(treeOf) : [])),
    properties: [...properties].map(([name, schemas]) => ({
      name,
      schema: together(schemas),
      required: required.has(name),
    })),
    patterns: parts.flatMap((part) => namedIn(part.patternProperties)),
    others: others(parts),
    first: parts.map((part) => schemasIn(part.prefixItems)).find((list) => list.length > 0) ?? [],
    items: together(parts.flatMap((part) => listed(schemaIn(part.items)))),
    variants: parts.flatMap((part) =>
      (['oneOf', 'anyOf'] as const).flatMap((kind) => {
        const variants = schemasIn(part[kind]);
        return variants.length === 0 ? [] : [{ kind, variants }];
      }),
    ),
    conditions: parts.flatMap((part) => {
      const when = schemaIn(part.if);
      if (when === null) return [];
      return [{ when, follows: schemaIn(part.then) ?? true, otherwise: schemaIn(part.else) ?? true }];
    }),
    not: parts.map((part) => schemaIn(part.not)).find((schema) => isSchemaObject(schema)) ?? null,
    limits: limitsOf(parts),
    never: parts.some(({ not }) => not === true),
  };
}

const listed = (schema: Schema | null): readonly Schema[] => (schema === null ? [] : [schema]);

const together = (schemas: readonly Schema[]): Schema => {
  const [only, ...more] = schemas;
  if (only === undefined) return true;
  return more.length === 0 ? only : { allOf: schemas };
};

function others(parts: readonly SchemaObject[]): Schema {
  const said = parts.flatMap((part) => listed(schemaIn(part.additionalProperties ?? part.unevaluatedProperties)));
  return said.includes(false) ? false : together(said);
}

function commonTypes(parts: readonly SchemaObject[]): readonly TypeName[] {
  let types: readonly TypeName[] | null = null;
  for (const { type } of parts) {
    if (type === undefined) continue;
    const said = typeNames.filter((name) => (Array.isArray(type) ? type.includes(name) : type === name));
    types = types === null ? said : types.filter((each) => said.includes(each) || said.includes(wider(each)));
  }
  return types ?? [];
}

const wider = (type: TypeName): TypeName => (type === 'integer' ? 'number' : type);

function limitsOf(parts: readonly SchemaObject[]): Limit[] {
  const found = new Map<string, Limit>();
  for (const part of parts) {
    for (const name of limitNames) {
      const value = part[name];
      if (value === undefined || value === false) continue;
      if (!['number', 'string', 'boolean'].includes(typeof value)) continue;
      found.set(`${name} ${value}`, { name, value: String(value) });
    }
  }
  return [...found.values()];
}
