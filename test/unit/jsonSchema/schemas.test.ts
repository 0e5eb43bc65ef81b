import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compiled, refusalOf, verdictOn } from './checking.ts';

describe('a schema', () => {
  const long = 'x'.repeat(10_000);

  it.each([
    ['a required property whose name objects inherit', { required: ['toString'] }, {}, 'data.toString'],
    ['the same, with its type', { properties: { constructor: { type: 'string' } } }, {}, null],
    ['the same, when it is required', { required: ['constructor'] }, {}, 'data.constructor'],
    [
      'the prototype’s name as a name',
      { properties: JSON.parse('{"__proto__":{"type":"string"}}') },
      JSON.parse('{"__proto__":1}'),
      'data.__proto__',
    ],
    ['dependencies of inherited members', { dependentRequired: { toString: ['a'] } }, {}, null],
    ['keywords of earlier drafts', { dependencies: { a: ['b'], c: { required: ['d'] } } }, { a: 1 }, 'data.b'],
    [
      'a reference to itself',
      { type: 'object', properties: { child: { $ref: '#' } } },
      { child: { child: 1 } },
      'data.child.child',
    ],
    [
      'an anchor',
      { $defs: { a: { $anchor: 'A', type: 'string' } }, properties: { x: { $ref: '#A' } } },
      { x: 1 },
      'data.x',
    ],
    [
      'a schema below an unknown keyword after one that it holds',
      {
        x: { properties: { a: { $id: 'https://example.com/a', type: 'string' } } },
        allOf: [{ $ref: '#/x/properties/a' }, { $ref: '#/x' }, { $ref: '#/x/properties/a' }],
      },
      1,
      'data',
    ],
    ['an empty array that need not contain anything', { contains: { const: 1 }, minContains: 0 }, [], null],
    ['a format without a check', { format: 'iri' }, 'no iri', null],
    ['a format', { properties: { a: { format: 'email' } } }, { a: 'nobody' }, 'data.a'],
    ['annotations', { properties: { a: { type: 'string', example: 'x' } }, 'x-internal': true }, { a: 'x' }, null],
    [
      'words that other validators know',
      { $async: true, nullable: true, discriminator: 1, id: 7, type: 'object', required: ['x'] },
      {},
      'data.x',
    ],
    ['a null that only OpenAPI allows', { type: 'string', nullable: true }, null, 'data'],
    [
      'the alternative that was probably meant',
      { anyOf: [{ type: 'string' }, { properties: { n: { type: 'integer' } } }] },
      { n: 'x' },
      'data.n',
    ],
    [
      'unevaluated properties',
      { allOf: [{ properties: { a: true } }], unevaluatedProperties: false },
      { a: 1, b: 2 },
      'data.b',
    ],
  ] as [string, object, unknown, string | null][])('checks %s', (_, schema, value, field) => {
    expect(refusalOf(schema, value)).toBe(field === null ? null : `VALIDATION_FAILED ${field}`);
  });

  it.each([
    [0.01, [19.99, 0.07, 0.29, 4.35, 8.61, 1129.6, 0, -19.99, 1e300, 12]],
    [0.1, [0.3, 0.7, 1.1]],
    [1e-7, [3e-7, 0.5]],
    [2.5, [5, 7.5]],
  ])('divides by %f in decimals', (multipleOf, multiples) => {
    for (const value of multiples) expect(refusalOf({ multipleOf }, value), `${value}`).toBeNull();
    expect(refusalOf({ multipleOf }, multipleOf * 1.5)).toBe('VALIDATION_FAILED data');
  });

  it('accepts a decimal number as a multiple of its last digit’s place, and refuses one with a remainder', () => {
    const digits = fc.integer({ min: 0, max: 10 });
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), digits, (integer, places) => {
        const step = Number(`1e-${places}`);
        expect(refusalOf({ multipleOf: step }, Number(`${integer}e-${places}`))).toBeNull();
        expect(refusalOf({ multipleOf: step }, Number(`${integer}5e-${places + 1}`))).toBe('VALIDATION_FAILED data');
      }),
    );
  });

  it('recognizes equal values whatever the order of their keys', () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const turned = (item: unknown): unknown => {
      if (Array.isArray(item)) return item.map(turned);
      if (typeof item !== 'object' || item === null) return item;
      return Object.fromEntries(
        Object.entries(item)
          .reverse()
          .map(([key, inner]) => [key, turned(inner)]),
      );
    };
    fc.assert(
      fc.property(value, value, (one, other) => {
        expect(refusalOf({ const: JSON.parse(JSON.stringify(one)) }, turned(one))).toBeNull();
        expect(refusalOf({ uniqueItems: true }, [one, turned(one)])).toBe('VALIDATION_FAILED data');
        expect(refusalOf({ uniqueItems: true }, [[one], { one }, other === one ? [] : [one, other]])).toBeNull();
      }),
    );
  });

  it.each<[string, object, object, string, string | null]>([
    ['beside right ones', { additionalProperties: false }, { amount: 1, curency: 'x' }, 'curency', '"currency"'],
    ['in place of a required one', { required: ['amount'] }, { amout: 1 }, 'amout', '"amount"'],
    ['of either rule', { required: ['amount'], additionalProperties: false }, { Amount: 1 }, 'Amount', '"amount"'],
    ['that resembles none that is missing', { required: ['amount'] }, { total: 1 }, 'amount', null],
    ['that is another of the schema', { required: ['currency2'] }, { currency: 1 }, 'currency2', null],
    ['that resembles none of the schema', { additionalProperties: false }, { note: 'x' }, 'note', null],
    ['amid alternatives', { anyOf: [{ required: ['amount'] }, { type: 'string' }] }, { amout: 1 }, 'amout', '"amount"'],
  ])('points at a misspelt key, and says what was probably meant: one %s', (_, rules, item, key, meant) => {
    const schema = { items: { properties: { amount: true, currency: true }, ...rules } };
    const { error } = verdictOn({ properties: { list: schema } }, { list: [item] });
    expect(error?.field).toBe(`data.list[0].${key}`);
    if (meant === null) expect(error?.message).not.toContain('Did you mean');
    else {
      expect(error?.message).toContain('Did you mean');
      expect(error?.message).toContain(meant);
    }
  });

  it('describes a fault briefly, however long the faulty value is', () => {
    for (const [schema, value] of [
      [{ enum: [long] }, long.slice(1)],
      [{ const: long }, 1],
      [{ pattern: `^${'x'.repeat(290)}$` }, 'a'],
      [{ additionalProperties: false }, { [long]: 1 }],
      [{ additionalProperties: { type: 'string' } }, { [long]: 1 }],
    ] as [object, unknown][]) {
      const { error } = verdictOn(schema, value);
      expect(error?.code).toBe('VALIDATION_FAILED');
      expect(`${error?.message} ${error?.field}`.length).toBeLessThan(600);
    }
  });

  it('is refused as briefly, however long its names are', () => {
    for (const schema of [{ properties: { [long]: { type: 5 } } }, { patternProperties: { [`${long}(`]: true } }]) {
      expect(() => compiled(schema)).toThrow(
        expect.toSatisfy(({ message, field }) => field.startsWith('schema.p') && `${message} ${field}`.length < 700),
      );
    }
  });

  it.each([
    [{ $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } }, 'schema.$defs.b.$ref'],
    [{ anyOf: [{ $ref: '#' }] }, 'schema.anyOf[0].$ref'],
    [{ $dynamicAnchor: 'a', not: { $dynamicRef: '#a' } }, 'schema.not.$dynamicRef'],
    [{ $ref: '/elsewhere' }, 'schema.$ref'],
    [{ $ref: '#missing' }, 'schema.$ref'],
    [{ $ref: '#/%E0%A4' }, 'schema.$ref'],
    [{ $id: 'http://[' }, 'schema.$id'],
    [{ $anchor: '1' }, 'schema.$anchor'],
    [{ items: [{}] }, 'schema.items'],
    [{ properties: { a: 1 } }, 'schema.properties.a'],
    [{ required: ['a', 'a'] }, 'schema.required'],
    [{ exclusiveMinimum: true }, 'schema.exclusiveMinimum'],
    [{ multipleOf: 0 }, 'schema.multipleOf'],
    [{ patternProperties: { '(': {} } }, 'schema.patternProperties.('],
  ])('is refused with the field at fault: %j', (schema, field) => {
    expect(() => compiled(schema)).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED', field }));
  });

  it('warns of words that look like misspellings, and of nothing else', () => {
    const { warnings } = compiled({
      requird: ['a'],
      Type: 'object',
      nullable: true,
      properties: { required: {}, minimun: { maxlength: 1, format: 'date-tme' }, b: { format: 'iban', 'x-Type': 1 } },
      default: { requird: 1 },
      example: 1,
      deprecatedSince: 'now',
    });
    expect(warnings.map(({ field, message }) => [field, /(?:mean|as) (.+)[.?]$/.exec(message)?.[1]])).toEqual([
      ['schema.requird', '"required"'],
      ['schema.Type', '"type"'],
      ['schema.nullable', expect.any(String)],
      ['schema.properties.minimun.maxlength', '"maxLength"'],
      ['schema.properties.minimun.format', '"date-time"'],
    ]);
  });
});
