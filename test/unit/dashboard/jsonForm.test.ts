import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginning, fits, resolved } from '../../../dashboard/src/schema/fits.ts';
import { isNumberText, type Json, readTree, sameJson, writeTree } from '../../../dashboard/src/schema/jsonTree.ts';
import { toldOf } from '../../../dashboard/src/schema/nullable.ts';
import { type Schema, SchemaDocument } from '../../../dashboard/src/schema/schemaDocument.ts';
import { shapeOf } from '../../../dashboard/src/schema/shape.ts';
import catalogue from '../../../dashboard/src/words/en/catalogue.ts';
import { speakEnglish } from '../../support/words.ts';

/** JSON as publishers write it: numbers in any notation, names and texts of any characters. */
const numberText = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(fc.constant('0'), fc.nat(9_999_999).map(String)),
    fc.constantFrom('', '.0', '.10', '.000001'),
    fc.constantFrom('', 'e3', 'E-2'),
  )
  .map((parts) => parts.join(''));
const { json } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('null', 'true', 'false'),
    numberText,
    fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
    fc.array(tie('json'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
    fc
      .uniqueArray(fc.tuple(fc.oneof(fc.string(), fc.constantFrom('__proto__', '\n', '"', '')), tie('json')), {
        maxLength: 4,
        selector: ([name]) => name,
      })
      .map((members) => `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`),
  ),
}));

interface Typed {
  readonly schema: Schema;
  /** JSON text of a value that fits. */
  readonly text: string;
}

/** A schema, and a value that fits it. */
const { typed } = fc.letrec<{ typed: Typed }>((tie) => ({
  typed: fc.oneof(
    { maxDepth: 3 },
    fc.string().map((text) => ({ schema: { type: 'string' }, text: JSON.stringify(text) })),
    numberText.map((text) => ({ schema: { type: 'number' }, text })),
    fc.boolean().map((value) => ({ schema: { type: ['boolean', 'null'] }, text: String(value) })),
    fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 4 }).map((values) => ({
      schema: { enum: values },
      text: JSON.stringify(values.at(-1)),
    })),
    tie('typed').chain(({ schema, text }) =>
      fc.nat(3).map((count) => ({
        schema: { type: 'array', items: schema },
        text: `[${Array.from({ length: count }, () => text).join(',')}]`,
      })),
    ),
    fc
      .uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,8}$/), tie('typed'), fc.boolean()), {
        minLength: 1,
        maxLength: 4,
        selector: ([name]) => name,
      })
      .map((members) => ({
        schema: {
          $defs: Object.fromEntries(members.map(([name, { schema }]) => [name, schema])),
          type: 'object',
          required: members.filter(([, , required]) => required).map(([name]) => name),
          properties: Object.fromEntries(members.map(([name, { schema }]) => [name, schema])),
        },
        text: `{${members.map(([name, { text }]) => `${JSON.stringify(name)}:${text}`).join(',')}}`,
      })),
    tie('typed').map(({ schema, text }) => ({
      schema: {
        type: 'object',
        required: ['kind'],
        oneOf: [
          { title: 'one', properties: { kind: { const: 'one' }, value: schema } },
          { title: 'other', properties: { kind: { const: 'other' } } },
        ],
      },
      text: `{"kind":"one","value":${text}}`,
    })),
  ),
}));

/** What the form's fields see and write back: every value below, each through the schema that the form has for it. */
function throughForm(document: SchemaDocument, schema: Schema, value: Json): Json {
  const { shape } = resolved(document, schema, value);
  if (value.kind === 'object') {
    return {
      kind: 'object',
      members: value.members.map(([name, member]) => {
        const of = shape.properties.find((property) => property.name === name)?.schema ?? shape.others;
        return [name, throughForm(document, of, member)];
      }),
    };
  }
  if (value.kind === 'array') {
    return { kind: 'array', items: value.items.map((item) => throughForm(document, shape.items, item)) };
  }
  if (value.kind === 'number') return isNumberText(value.text) ? readTree(value.text) : value;
  return value;
}

const compact = (text: string): string => writeTree(readTree(text), 0);

describe('what the form of an event writes', () => {
  it('is what was loaded: every member in its place, every number as it was written', () => {
    fc.assert(
      fc.property(json, (text) => {
        const tree = readTree(text);
        expect(readTree(writeTree(tree))).toEqual(tree);
        expect(readTree(writeTree(tree, 0))).toEqual(tree);
        expect(JSON.parse(writeTree(tree))).toEqual(JSON.parse(text));
        // Nothing but white space and escapes differs.
        const numbers = (of: string) => of.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace(/\s/g, '');
        expect(numbers(writeTree(tree))).toBe(numbers(text));
      }),
      { numRuns: 400 },
    );
  });

  it('is what was loaded, through whatever fields a schema gives it', () => {
    fc.assert(
      fc.property(typed, ({ schema, text }) => {
        const document = new SchemaDocument(schema);
        expect(fits(document, schema, readTree(text))).toBe(true);
        expect(writeTree(throughForm(document, schema, readTree(text)), 0)).toBe(compact(text));
      }),
      { numRuns: 300 },
    );
  });

  it('is what was loaded, also where the value fits nothing of the schema', () => {
    fc.assert(
      fc.property(typed, json, ({ schema }, text) => {
        const document = new SchemaDocument(schema);
        expect(writeTree(throughForm(document, schema, readTree(text)), 0)).toBe(compact(text));
      }),
      { numRuns: 300 },
    );
  });

  it('begins with a value that fits', () => {
    fc.assert(
      fc.property(typed, ({ schema }) => {
        const document = new SchemaDocument(schema);
        expect(fits(document, schema, beginning(document, schema))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('is refused where it is nested deeper than the API takes it', async () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    expect(writeTree(readTree(nested(64)), 0)).toBe(nested(64));
    await speakEnglish({ catalogue });
    expect(() => readTree(nested(65))).toThrow('64 levels');
    expect(() => readTree('{"a": }')).toThrow(SyntaxError);
  });
});

describe('a schema for people', () => {
  const shape = (schema: Schema, at: (root: SchemaDocument) => Schema = ({ root }) => root) => {
    const document = new SchemaDocument(schema);
    return shapeOf(document, at(document));
  };

  it('follows references to definitions, anchors and ids, with what stands beside them', () => {
    const schema = {
      $defs: {
        money: { type: 'object', properties: { amount: { type: 'string' } } },
        word: { $anchor: 'word', type: 'string', maxLength: 9 },
        other: { $id: 'other.json', type: 'integer', $defs: { in: { type: 'null' } } },
        'a/b~c': { type: 'boolean' },
      },
      properties: {
        price: { $ref: '#/$defs/money', description: 'What it costs.' },
        word: { $ref: '#word' },
        other: { $ref: 'other.json' },
        inner: { $ref: 'other.json#/$defs/in' },
        odd: { $ref: '#/$defs/a~1b~0c' },
        nowhere: { $ref: '#/$defs/none', type: 'string' },
      },
    };
    const document = new SchemaDocument(schema);
    const found = Object.fromEntries(
      shapeOf(document, schema).properties.map(({ name, schema: of }) => [name, shapeOf(document, of)]),
    );
    expect(found.price).toMatchObject({ types: ['object'], description: 'What it costs.', name: 'money' });
    expect(found.word).toMatchObject({ types: ['string'], limits: [{ name: 'maxLength', value: '9' }] });
    expect(found.other?.types).toEqual(['integer']);
    expect(found.inner?.types).toEqual(['null']);
    expect(found.odd?.types).toEqual(['boolean']);
    expect(found.nowhere?.types).toEqual(['string']);
  });

  it('puts allOf together, and ends where a schema refers to itself', () => {
    const node = { type: 'object', properties: { children: { type: 'array', items: { $ref: '#' } } } };
    expect(shape(node).properties.map(({ name }) => name)).toEqual(['children']);
    expect(shape({ $ref: '#' }).types).toEqual([]);
    const both = {
      allOf: [
        { required: ['id'], properties: { id: { type: 'string' } } },
        { properties: { id: { minLength: 2 }, name: {} }, additionalProperties: false },
      ],
    };
    const { properties, others } = shape(both);
    expect(properties.map(({ name, required }) => [name, required])).toEqual([
      ['id', true],
      ['name', false],
    ]);
    expect(others).toBe(false);
    expect(shape(properties[0]?.schema ?? true)).toMatchObject({
      types: ['string'],
      limits: [{ name: 'minLength', value: '2' }],
    });
  });

  it('is told as one thing or null, where its variants are that and null', () => {
    const told = (schema: Schema) => toldOf(new SchemaDocument(schema), schema);
    const name = { title: 'Name', anyOf: [{ type: 'string', minLength: 1 }, { type: 'null' }] };
    expect(told(name)).toMatchObject({
      orNull: true,
      shape: { title: 'Name', types: ['string'], variants: [], limits: [{ name: 'minLength', value: '1' }] },
    });
    expect(
      told({ oneOf: [{ const: null }, { $ref: '#/$defs/crane' }], $defs: { crane: { type: 'object' } } }),
    ).toMatchObject({
      orNull: true,
      shape: { name: 'crane', types: ['object'], variants: [] },
    });
    for (const anyOf of [
      [{ type: 'string' }, { type: 'number' }],
      [{}, { type: 'string' }],
      [true, { type: 'null' }],
    ]) {
      expect(told({ anyOf })).toMatchObject({ orNull: false, shape: { variants: [{ kind: 'anyOf' }] } });
    }
  });

  it('chooses the variant that a value has, and what follows from a condition', () => {
    const schema = {
      oneOf: [
        { title: 'Card', required: ['kind'], properties: { kind: { const: 'card' }, number: { type: 'string' } } },
        { title: 'Bank', required: ['kind'], properties: { kind: { const: 'bank' }, iban: { type: 'string' } } },
      ],
      if: { required: ['kind'], properties: { kind: { const: 'bank' } } },
      // biome-ignore lint/suspicious/noThenProperty: it is the keyword's name.
      then: { properties: { bic: { type: 'string' } } },
    };
    const document = new SchemaDocument(schema);
    const of = (text: string) => resolved(document, schema, readTree(text));
    expect(of('{"kind":"bank"}').chosen.map(({ at }) => at)).toEqual([1]);
    expect(of('{"kind":"bank"}').shape.properties.map(({ name }) => name)).toEqual(['kind', 'iban', 'bic']);
    // Not yet right, and recognizable by its constant.
    expect(of('{"kind":"card","number":7}').chosen.map(({ at }) => at)).toEqual([0]);
    expect(of('7').chosen.map(({ at }) => at)).toEqual([0]);
  });

  it('compares values as JSON Schema does', () => {
    expect(sameJson(readTree('{"a":1.0,"b":[2]}'), readTree('{"b":[2e0],"a":1}'))).toBe(true);
    expect(sameJson(readTree('"1"'), readTree('1'))).toBe(false);
  });
});
