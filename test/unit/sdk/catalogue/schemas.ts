import fc from 'fast-check';

/** Schemas of draft 2020-12, and values that may or may not fit them. */

type Json = unknown;
export type Schema = boolean | Record<string, Json>;

/** Names that need quotes are among them. */
const name = fc.constantFrom('id', 'a', 'b', 'kind', 'line-items', '2nd', "o'clock", 'π');
const text = fc.constantFrom('', 'a', 'b', 'x*/y', "it's", '2026-01-01', 'a"b\\', ' ');
const number = fc.constantFrom(0, 1, -1, 1.5, 2, 1e21, -12.25);
const simple = fc.oneof(text, number, fc.boolean(), fc.constant(null));
const typeName = fc.constantFrom('string', 'number', 'integer', 'boolean', 'null', 'array', 'object');
const value: fc.Arbitrary<Json> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    simple,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3 }),
  ),
})).value;

const optional = <T>(of: fc.Arbitrary<T>, freq = 3) => fc.option(of, { nil: undefined, freq });

/** Without the keywords that came out as undefined. */
const keywords = (all: Record<string, fc.Arbitrary<Json>>): fc.Arbitrary<Record<string, Json>> =>
  fc.record(all).map((made) => Object.fromEntries(Object.entries(made).filter(([, of]) => of !== undefined)));

const reference = fc.constantFrom('#/$defs/n', '#/$defs/m', '#anchored', '#/$defs/with%20space', '#/$defs/tree');

/** A definition, which leads to others only below a member. */
const definition = fc.oneof(
  keywords({ type: typeName, title: optional(text) }),
  keywords({
    type: optional(fc.constant('object')),
    properties: fc.dictionary(name, fc.oneof(fc.record({ $ref: reference }), fc.record({ type: typeName })), {
      maxKeys: 3,
    }),
    required: optional(fc.uniqueArray(name, { maxLength: 1 })),
    additionalProperties: optional(fc.oneof(fc.boolean(), fc.record({ $ref: reference }))),
  }),
);

/** Any schema: every keyword that a type can take up, and many that it cannot. Definitions are `n`, `m` and `anchored`. */
export const anySchema: fc.Arbitrary<Record<string, Json>> = fc
  .letrec<{ schema: Schema }>((tie) => {
    const schema = tie('schema');
    const list = fc.array(schema, { minLength: 1, maxLength: 3 });
    return {
      schema: fc.oneof(
        { maxDepth: 4, depthSize: 'small' },
        {
          weight: 3,
          arbitrary: keywords({
            type: typeName,
            format: optional(fc.constantFrom('date', 'email', 'own'), 1),
            description: optional(text, 1),
          }),
        },
        { weight: 1, arbitrary: fc.boolean() as fc.Arbitrary<Schema> },
        { weight: 1, arbitrary: fc.record({ const: value }) },
        { weight: 1, arbitrary: fc.record({ enum: fc.array(value, { minLength: 1, maxLength: 4 }) }) },
        {
          weight: 2,
          arbitrary: fc.record({
            properties: fc.dictionary(name, keywords({ $ref: reference, description: optional(text) }), {
              minKeys: 1,
              maxKeys: 2,
            }),
          }),
        },
        {
          weight: 5,
          arbitrary: keywords({
            type: optional(fc.constantFrom<Json>('object', 'object', ['object', 'null']), 8),
            properties: optional(fc.dictionary(name, schema, { maxKeys: 4 }), 8),
            required: optional(fc.uniqueArray(name, { maxLength: 2 })),
            additionalProperties: optional(schema),
            patternProperties: optional(
              fc.dictionary(fc.constantFrom('^a', 'd$', '.'), schema, { minKeys: 1, maxKeys: 2 }),
              1,
            ),
            propertyNames: optional(fc.record({ enum: fc.uniqueArray(name, { minLength: 1, maxLength: 4 }) }), 1),
            unevaluatedProperties: optional(fc.constant(false), 1),
            anyOf: optional(list, 1),
            oneOf: optional(list, 1),
            allOf: optional(list, 1),
            $ref: optional(reference, 1),
            ...Object.fromEntries(['if', 'then', 'else'].map((keyword) => [keyword, optional(schema, 1)])),
            dependentRequired: optional(fc.constant({ a: ['b'] }), 1),
            dependentSchemas: optional(fc.dictionary(name, schema, { maxKeys: 1 }), 1),
            minProperties: optional(fc.constant(1), 1),
          }),
        },
        {
          weight: 2,
          arbitrary: keywords({
            type: optional(fc.constant('array')),
            prefixItems: optional(list),
            items: optional(schema),
            minItems: optional(fc.nat(3)),
            maxItems: optional(fc.integer({ min: 1, max: 4 })),
            contains: optional(schema, 1),
          }),
        },
        {
          weight: 2,
          arbitrary: fc.oneof(fc.record({ anyOf: list }), fc.record({ oneOf: list }), fc.record({ allOf: list })),
        },
        {
          weight: 1,
          arbitrary: keywords({
            type: optional(typeName),
            not: schema,
            minimum: optional(number),
            minLength: optional(fc.nat(1)),
          }),
        },
      ),
    };
  })
  .schema.chain((schema) =>
    fc.record({ n: definition, m: definition }).map(({ n, m }) => ({
      ...(typeof schema === 'boolean' ? { allOf: [schema] } : schema),
      $defs: {
        n,
        m,
        'with space': { $anchor: 'anchored', type: ['string', 'null'] },
        tree: {
          type: 'object',
          properties: {
            children: { type: 'array', items: { $ref: '#/$defs/tree' } },
            up: { $ref: '#', description: '*/ evil' },
          },
        },
      },
    })),
  );

/** Values for a schema: most of them fit. */
export function valuesFor(schema: Schema, root: Schema = schema, depth = 0): fc.Arbitrary<Json> {
  if (typeof schema === 'boolean' || depth > 5) return value;
  const inner = (of: Json) => valuesFor(of as Schema, root, depth + 1);
  const choices: fc.Arbitrary<Json>[] = [];
  const { properties, required, additionalProperties, prefixItems, items, anyOf, oneOf, allOf, $ref, type } =
    schema as Record<string, never>;
  if (Object.hasOwn(schema, 'const')) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...(schema.enum as Json[]));
  if (typeof $ref === 'string') choices.push(inner(targetOf($ref, root)));
  const types = (type === undefined ? [] : [type].flat()) as string[];
  if (properties || required || additionalProperties || types.includes('object'))
    choices.push(objectsFor(schema, inner));
  if (prefixItems || items || types.includes('array')) {
    const rest = fc.array(items === undefined ? value : inner(items), { maxLength: 2 });
    const first = fc.tuple(...((prefixItems as Json[] | undefined) ?? []).map(inner));
    choices.push(
      fc.tuple(first, rest, fc.boolean()).map(([one, other, whole]) => (whole ? [...one, ...other] : one.slice(0, 1))),
    );
  }
  for (const list of [anyOf, oneOf, allOf] as (Json[] | undefined)[]) if (list) choices.push(...list.map(inner));
  if (allOf && (allOf as Json[]).length > 0) choices.push(mergedFor(schema, root, depth));
  for (const of of types) {
    if (of === 'string') choices.push(text);
    if (of === 'number' || of === 'integer') choices.push(number);
    if (of === 'boolean') choices.push(fc.boolean());
    if (of === 'null') choices.push(fc.constant(null));
  }
  return choices.length === 0 ? value : fc.oneof(...choices);
}

function objectsFor(schema: Record<string, Json>, inner: (of: Json) => fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  const properties = (schema.properties ?? {}) as Record<string, Json>;
  const known = fc.record(Object.fromEntries(Object.entries(properties).map(([key, of]) => [key, inner(of)])), {
    requiredKeys: ((schema.required ?? []) as string[]).filter((key) => Object.hasOwn(properties, key)),
  });
  const { additionalProperties } = schema;
  const others =
    additionalProperties === false
      ? fc.constant({})
      : fc.dictionary(name, additionalProperties === undefined ? value : inner(additionalProperties), { maxKeys: 2 });
  return fc.tuple(others, known).map(([more, own]) => ({ ...more, ...(own as object) }));
}

/** An object that has what each part of an intersection names. */
const mergedFor = (schema: Record<string, Json>, root: Schema, depth: number): fc.Arbitrary<Json> =>
  fc
    .tuple(
      ...((schema.allOf ?? []) as Schema[]).map((part) => valuesFor(part, root, depth + 1)),
      objectsFor(schema, (of) => valuesFor(of as Schema, root, depth + 1)),
    )
    .map((parts) => Object.assign({}, ...parts.filter((part) => typeof part === 'object' && !Array.isArray(part))));

function targetOf(reference: string, root: Schema): Json {
  const { $defs } = root as { $defs?: Record<string, Json> };
  if (reference === '#') return root;
  if (reference === '#anchored') return $defs?.['with space'];
  return $defs?.[decodeURIComponent(reference.slice('#/$defs/'.length))];
}

/** Schemas of which types say everything: objects whose members all have a type, and unions whose alternatives are told apart. */
export const wholeSchema: fc.Arbitrary<Record<string, Json>> = fc
  .letrec<{ schema: Record<string, Json> }>((tie) => {
    const schema = tie('schema');
    const plainName = fc.constantFrom('id', 'a', 'b', 'line-items', '2nd');
    const closed = fc
      .tuple(
        fc.dictionary(plainName, schema, { minKeys: 1, maxKeys: 4 }),
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      )
      .map(([properties, needed]) => ({
        type: 'object',
        properties,
        required: Object.keys(properties).filter((_, index) => needed[index]),
        additionalProperties: false,
      }));
    return {
      schema: fc.oneof(
        { maxDepth: 4, depthSize: 'small' },
        keywords({
          type: fc.constantFrom<Json>('string', 'number', 'boolean', 'null', ['string', 'null'], ['number', 'boolean']),
        }),
        fc.record({ enum: fc.uniqueArray(simple, { minLength: 1, maxLength: 3 }) }),
        fc.record({ const: simple }),
        fc.record({ $ref: fc.constant('#/$defs/tree') }),
        closed,
        fc.record({ type: fc.constant('array'), items: schema }),
        fc.array(schema, { minLength: 1, maxLength: 3 }).map((prefixItems) => ({
          type: 'array',
          prefixItems,
          items: false,
          minItems: prefixItems.length,
        })),
        fc.tuple(closed, closed).map((both) => ({
          oneOf: both.map((one, index) => ({
            ...one,
            properties: { ...one.properties, kind: { const: `k${index}` } },
            required: [...one.required, 'kind'],
          })),
        })),
        closed.map((one) => ({ anyOf: [one, { type: 'null' }] })),
        fc.tuple(closed, schema).map(([one, additionalProperties]) => ({ ...one, additionalProperties })),
      ),
    };
  })
  .schema.map((schema) => ({
    ...schema,
    $defs: {
      tree: {
        type: 'object',
        properties: { id: { type: 'string' }, children: { type: 'array', items: { $ref: '#/$defs/tree' } } },
        required: ['id'],
        additionalProperties: false,
      },
    },
  }));

/** A value with one part replaced. */
export const spoiled = (of: fc.Arbitrary<Json>): fc.Arbitrary<Json> =>
  fc
    .tuple(
      of,
      fc.nat(20),
      fc.oneof(simple, fc.constant({}), fc.constant([]), fc.constant({ extra: 1 }), fc.constant(undefined)),
    )
    .map(([whole, at, other]) => {
      let left = at;
      const replaced = (part: Json): Json => {
        if (left-- === 0) return other;
        if (Array.isArray(part)) return part.map(replaced).filter((item) => item !== undefined);
        if (typeof part !== 'object' || part === null) return part;
        const members = Object.entries(part).map(([key, member]) => [key, replaced(member)]);
        return Object.fromEntries(members.filter(([, member]) => member !== undefined));
      };
      return replaced(whole) ?? null;
    });
