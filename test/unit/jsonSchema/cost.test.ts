import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuNow } from '../../support/cpuClock.ts';
import { compiled } from './checking.ts';

/** What a check may take for its steps, in milliseconds: several times the usual, and never so little that other work decides. */
const mostMs = (steps: number) => 20 + steps / 5_000;

/** The check of a value by a schema must not take longer than its steps say. */
function expectHonest(schema: object, value: unknown): void {
  const parsed = JSON.parse(JSON.stringify(value));
  const size = JSON.stringify(value).length;
  const { check } = compiled(schema);
  let [ms, steps] = [Number.POSITIVE_INFINITY, 0];
  for (let time = 0; time < 3 && ms > mostMs(steps); time++) {
    const before = cpuNow();
    steps = check(parsed, 'data', size).steps;
    ms = Math.min(ms, cpuNow() - before);
  }
  expect(ms, `${steps} steps: ${JSON.stringify(schema).slice(0, 200)}`).toBeLessThan(mostMs(steps));
}

const times = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);
const named = <T>(count: number, value: (n: number) => T) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, value(n)]));
/** A schema that is applied 2^levels times to the same value. */
const doubled = (schema: object, levels: number) => ({
  $defs: {
    d0: schema,
    ...Object.fromEntries(
      Array.from({ length: levels }, (_, n) => [`d${n + 1}`, { allOf: times(2, { $ref: `#/$defs/d${n}` }) }]),
    ),
  },
  $ref: `#/$defs/d${levels}`,
});

const long = 'a'.repeat(16_000);
const members = named(40_000, (n) => n);
const zeros = times(50_000, 0);

describe('a check', () => {
  it.each([
    ['dependentSchemas', doubled({ dependentSchemas: named(4_000, () => true) }, 8), {}],
    ['dependentRequired', doubled({ dependentRequired: named(3_000, () => []) }, 8), {}],
    ['properties', doubled({ properties: named(4_000, () => true) }, 8), named(2_000, String)],
    [
      'properties of small objects',
      { items: { properties: named(60, () => true) } },
      Object.values(named(4_000, (n) => ({ [`q${n}`]: n }))),
    ],
    ['required', doubled({ required: Object.keys(named(4_000, String)) }, 8), members],
    ['allOf', doubled({ allOf: times(11_000, true) }, 8), {}],
    ['anyOf', doubled({ not: { anyOf: times(9_000, false) } }, 8), {}],
    ['oneOf', doubled({ not: { oneOf: times(9_000, false) } }, 8), {}],
    ['items', { allOf: times(4_300, { items: true }) }, zeros],
    ['prefixItems', doubled({ prefixItems: times(5_000, true) }, 8), zeros],
    ['unevaluatedItems', { allOf: times(20, { items: { minimum: 0 } }), unevaluatedItems: true }, zeros],
    ['contains', { allOf: times(9, { contains: true }), unevaluatedItems: true }, zeros],
    [
      'unevaluatedProperties',
      { allOf: times(20, { properties: named(99, () => ({})) }), unevaluatedProperties: true },
      members,
    ],
    ['additionalProperties', { allOf: times(20, { additionalProperties: { minimum: 0 } }) }, members],
    ['propertyNames', { allOf: times(20, { propertyNames: { minLength: 1 } }) }, members],
    ['minProperties', { allOf: times(40, { minProperties: 1 }) }, members],
    ['multipleOf', { items: { multipleOf: 5e-324 } }, times(100_000, 1)],
    ['const', doubled({ const: long }, 12), long],
    ['enum', doubled({ not: { enum: ['x', `${long}b`] } }, 12), long],
    ['uniqueItems', { allOf: times(40, { uniqueItems: true }) }, Array.from({ length: 60 }, (_, n) => `${n}${long}`)],
    ['uniqueItems of numbers', { allOf: times(4, { uniqueItems: true }) }, zeros.map((_, n) => 1.2345e-300 * n)],
    ['maxLength', doubled({ maxLength: 20_000 }, 12), 'ä€'.repeat(8_000)],
    ['format', doubled({ anyOf: [{ format: 'date-time' }, true] }, 12), 'T'.repeat(16_000)],
  ] as [string, object, unknown][])('takes no longer than its steps say: %s', (_, schema, value) => {
    expectHonest(schema, value);
  });

  it('takes no longer than its steps say where it looks for a name that is misspelt', () => {
    expectHonest({ required: ['-'.repeat(60_000)] }, named(200, String));
    expectHonest({ properties: { ['-'.repeat(60_000)]: {} }, additionalProperties: false }, { a: 1 });
  });

  it('takes no longer than its steps say, whatever many parts the schema is put together from', () => {
    const names = fc.constantFrom('a', 'b', 'k1', 'zz');
    const small = fc.oneof(
      fc.boolean(),
      fc.constantFrom(
        {},
        { type: 'object' },
        { minLength: 1 },
        { minProperties: 1 },
        { required: ['a'] },
        { const: 'x' },
      ),
      fc.constantFrom({ items: true }, { uniqueItems: true }, { multipleOf: 1e-300 }, { enum: [1.5, 'a'] }),
      fc.constantFrom({ unevaluatedItems: true }, { unevaluatedProperties: true }, { propertyNames: true }),
    );
    const part = fc.oneof(
      small,
      fc.tuple(names, small).map(([name, of]) => ({ properties: { [name]: of } })),
      fc.tuple(names, small).map(([name, of]) => ({ dependentSchemas: { [name]: of } })),
      fc
        .tuple(fc.constantFrom('not', 'if', 'else', 'items', 'contains'), small)
        .map(([keyword, of]) => ({ [keyword]: of })),
    );
    const many = fc.tuple(
      fc.constantFrom('allOf', 'anyOf', 'oneOf', 'prefixItems', 'properties', 'dependentSchemas'),
      part,
    );
    // With the longest part it is not longer than a schema may be.
    const mostParts = 700;
    const schemas = many.map(([keyword, of]) => {
      const holdsNames = keyword === 'properties' || keyword === 'dependentSchemas';
      return doubled({ not: { [keyword]: holdsNames ? named(mostParts, () => of) : times(mostParts, of) } }, 8);
    });
    const values = fc.constantFrom<unknown>({}, { a: 1, b: 'x' }, named(1_000, String), times(1_000, 0), 'a', 1.5);
    fc.assert(fc.property(schemas, values, expectHonest), { numRuns: 60 });
  });
});
