import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { breaksOf as breaksInPieces, type Compatibility } from '../../../core/compatibility/compatibility.ts';
import { atOnce } from '../../../core/compatibility/work.ts';
import { cpuNow } from '../../support/cpuClock.ts';
import { compiled } from '../jsonSchema/checking.ts';
import { anySchema, type Schema, valuesFor } from '../sdk/catalogue/schemas.ts';

const breaksOf = (...given: Parameters<typeof breaksInPieces>) => atOnce(breaksInPieces(...given));

const breaks = (compatibility: Compatibility, before: object, after: object) =>
  breaksOf(compatibility, before, after, 'input.schema').map(({ direction, path, field, decided }) => ({
    direction,
    path,
    field,
    decided,
  }));

const order = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    total: { type: 'object', properties: { amount: { type: 'integer' } }, required: ['amount'] },
    state: { enum: ['open', 'paid'] },
    lines: { type: 'array', items: { $ref: '#/$defs/line' } },
  },
  required: ['id', 'total'],
  $defs: { line: { type: 'object', properties: { sku: { type: 'string' }, more: { $ref: '#/$defs/line' } } } },
};

/** The order with a part of its schema changed. */
function changed(change: (schema: typeof order) => void): typeof order {
  const copy = structuredClone(order);
  change(copy);
  return copy;
}

const where = (...fields: [direction: string, path: string, field: string][]) =>
  fields.map(([direction, path, field]) => ({ direction, path, field: `input.schema${field}`, decided: true }));

describe('a change of a schema', () => {
  it('of words, or to what says the same, breaks nobody', () => {
    expect(breaks('FULL', order, order)).toEqual([]);
    const described = changed(({ properties }) =>
      Object.assign(properties.id, { description: 'The order.', examples: ['o_1'] }),
    );
    expect(breaks('FULL', order, described)).toEqual([]);
    const { $defs, ...rest } = structuredClone(order);
    const moved = {
      ...rest,
      $defs: { moved: { ...$defs.line, properties: { ...$defs.line.properties, more: { $ref: '#/$defs/moved' } } } },
    };
    moved.properties.lines.items.$ref = '#/$defs/moved';
    expect(breaks('FULL', order, moved)).toEqual([]);
  });

  it('that new data may use breaks consumers that know the old schema: FORWARD', () => {
    const wider = changed(({ properties }) => Object.assign(properties.total.properties.amount, { type: 'number' }));
    expect(breaks('FORWARD', order, wider)).toEqual(
      where(['FORWARD', 'data.total.amount', '.properties.total.properties.amount']),
    );
    expect(breaks('BACKWARD', order, wider)).toEqual([]);
    const optional = changed((schema) => {
      schema.required = ['total'];
    });
    expect(breaks('FORWARD', order, optional)).toEqual(where(['FORWARD', 'data.id', '']));
    const another = changed(({ properties }) => properties.state.enum.push('lost'));
    expect(breaks('FORWARD', order, another)).toEqual(where(['FORWARD', 'data.state', '.properties.state']));
    const gone = changed(({ properties }) => Reflect.deleteProperty(properties, 'state'));
    expect(breaks('FORWARD', order, gone)).toMatchObject([{ path: 'data.state' }]);
  });

  it('that demands more of old data breaks those who read it by the new schema: BACKWARD', () => {
    const required = changed((schema) => schema.required.push('state'));
    expect(breaks('BACKWARD', order, required)).toEqual(where(['BACKWARD', 'data.state', '.required']));
    expect(breaks('FORWARD', order, required)).toEqual([]);
    const deep = changed(({ $defs }) => Object.assign($defs.line.properties.sku, { minLength: 1 }));
    expect(breaks('BACKWARD', order, deep)).toEqual(
      where(['BACKWARD', 'data.lines[].sku', '.$defs.line.properties.sku.minLength']),
    );
    expect(breaks('FORWARD', order, deep)).toEqual([]);
  });

  it('may break in both directions: FULL; and in none that anybody minds: NONE', () => {
    const other = changed(({ properties }) => Object.assign(properties.id, { type: 'integer' }));
    expect(breaks('FULL', order, other).map(({ direction, path }) => `${direction} ${path}`)).toEqual([
      'FORWARD data.id',
      'BACKWARD data.id',
    ]);
    expect(breaks('NONE', order, other)).toEqual([]);
  });

  it('by a new member is safe for consumers of an open schema, not of a closed one', () => {
    const more = changed(({ properties }) => Object.assign(properties, { note: { type: 'string' } }));
    expect(breaks('FORWARD', order, more)).toEqual([]);
    const closed = { ...order, additionalProperties: false };
    expect(breaks('FORWARD', closed, { ...more, additionalProperties: false })).toEqual(
      where(['FORWARD', 'data.note', '.properties.note']),
    );
    expect(breaks('BACKWARD', closed, { ...more, additionalProperties: false })).toEqual([]);
  });

  it.each([
    ['a tighter bound', { minimum: 0 }, { minimum: 1 }, 'FORWARD'],
    [
      'a range in place of its numbers',
      { type: 'integer', minimum: 1, exclusiveMaximum: 4 },
      { enum: [1, 2, 3] },
      'FULL',
    ],
    [
      'a bound of whole numbers in other words',
      { type: 'integer', exclusiveMinimum: 0 },
      { type: 'integer', minimum: 1 },
      'FULL',
    ],
    [
      'a type as an alternative of it and null',
      { type: ['string', 'null'] },
      { anyOf: [{ type: 'string' }, { type: 'null' }] },
      'FULL',
    ],
    [
      'one more alternative',
      { oneOf: [{ type: 'string' }] },
      { anyOf: [{ type: 'string' }, { type: 'number' }] },
      'BACKWARD',
    ],
    [
      'one more alternative of those that a member tells apart',
      { oneOf: [kind('a'), kind('b')] },
      { oneOf: [kind('a'), kind('b'), kind('c')] },
      'BACKWARD',
    ],
    ['parts put together', { allOf: [{ required: ['a'] }, { required: ['b'] }] }, { required: ['b', 'a'] }, 'FULL'],
    [
      'a tuple’s items in other words',
      { prefixItems: [{ type: 'string' }], items: false },
      { prefixItems: [{ type: 'string' }], items: { type: 'null' }, maxItems: 1 },
      'FULL',
    ],
    [
      'members by a pattern',
      { patternProperties: { '^x-': { type: 'integer' } } },
      { patternProperties: { '^x-': { type: 'number' } } },
      'BACKWARD',
    ],
    [
      'members closed by what was evaluated',
      { properties: { a: true }, unevaluatedProperties: false },
      { allOf: [{ properties: { a: true, b: true } }], unevaluatedProperties: false },
      'BACKWARD',
    ],
  ] as [string, object, object, Compatibility][])('to %s is understood', (_, before, after, kept) => {
    expect(breaks(kept, before, after)).toEqual([]);
    if (kept === 'FORWARD') expect(breaks('BACKWARD', before, after)).not.toEqual([]);
    if (kept === 'BACKWARD') expect(breaks('FORWARD', before, after)).not.toEqual([]);
  });

  it.each([
    ['pattern', { pattern: '^a' }, { pattern: '^ab' }],
    ['not', { not: { required: ['a'] } }, { not: { required: ['b'] } }],
    ['contains', { contains: { const: 1 } }, { contains: { type: 'integer' } }],
  ])('of what cannot be decided says so: %s', (keyword, before, after) => {
    const [found] = breaksOf('BACKWARD', before, after, 'input.schema');
    expect(found).toMatchObject({ decided: false, field: `input.schema.${keyword}` });
    expect(found?.message).toContain('cannot be decided');
  });

  const names = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`);
  it.each<[string, (type: string) => object]>([
    [
      'parts that all refer to one another',
      (type) => ({
        anyOf: names(120).map((name) => ({ $ref: `#/$defs/${name}` })),
        $defs: Object.fromEntries(
          names(120).map((name, index) => [
            name,
            {
              properties: Object.fromEntries(
                names(120).map((other, at) => [`p${(at * index) % 7}${other}`, { $ref: `#/$defs/${other}` }]),
              ),
              anyOf: [{ type: 'object' }, { type, minLength: index }],
            },
          ]),
        ),
      }),
    ],
    [
      'levels of which each refers twice to the next',
      (type) => ({
        $ref: '#/$defs/n0',
        $defs: Object.fromEntries(
          names(60).map((name, index) => [
            name,
            index === 59
              ? { type }
              : { anyOf: [{ $ref: `#/$defs/n${index + 1}` }, { allOf: [{ $ref: `#/$defs/n${index + 1}` }] }] },
          ]),
        ),
      }),
    ],
    [
      'many values against many patterns',
      (type) => ({
        enum: names(2_000),
        anyOf: names(40).map((name) => ({ type: 'string', pattern: `^(${name}|${type})+x?$` })),
      }),
    ],
    [
      'many names against many patterns',
      (type) => ({
        required: names(2_000),
        properties: Object.fromEntries(names(2_000).map((name) => [name, { type }])),
        patternProperties: Object.fromEntries(names(40).map((name) => [`^(${name}|${type})+$`, { minLength: 1 }])),
      }),
    ],
    [
      'many alternatives that may all fit',
      (type) => ({ oneOf: names(150).map((name) => ({ type: 'object', properties: { [name]: { type } } })) }),
    ],
  ])('is compared a moment at a time, and ends, with %s', (_, tangle) => {
    const pieces = breaksInPieces('FULL', tangle('string'), tangle('number'), 'input.schema');
    let [all, most] = [0, 0];
    for (;;) {
      const { done, value } = pieces.next();
      if (done) {
        expect(value).not.toEqual([]);
        break;
      }
      all += value;
      most = Math.max(most, value);
    }
    // In steps, because a busy machine measures its own load: 40,000 are about a millisecond, and others have the thread after each piece.
    expect(most).toBeLessThan(400_000);
    expect(all).toBeLessThan(25_000_000);
  });

  it.each([
    [
      'names that many schemas are asked for',
      { type: 'object', allOf: Array.from({ length: 1_000 }, () => ({ title: '' })), required: names(5_000) },
      { required: ['zz'] },
    ],
    ['a list of many schemas', { allOf: Array.from({ length: 8_000 }, () => ({})) }, { type: 'object' }],
    [
      'values that many schemas are asked for',
      {
        enum: [Array.from({ length: 4_000 }, () => 0)],
        allOf: Array.from({ length: 400 }, (_, n) => ({ items: { maximum: n } })),
      },
      { items: { multipleOf: 3 } },
    ],
  ])('is compared in pieces that take as long as they say: %s', (_, newer, older) => {
    const pieces = breaksInPieces('FORWARD', older, newer, 'input.schema');
    let longest = 0;
    for (let ended = false; !ended; ) {
      const before = cpuNow();
      ended = pieces.next().done === true;
      longest = Math.max(longest, cpuNow() - before);
    }
    expect(longest).toBeLessThan(60);
  });
});

function kind(of: string) {
  return {
    type: 'object',
    properties: { kind: { const: of }, v: { type: of === 'a' ? 'string' : 'number' } },
    required: ['kind'],
  };
}

/** A schema with one of its parts left out, put elsewhere, or replaced. */
const neighbour = (schema: Record<string, unknown>): fc.Arbitrary<Record<string, unknown>> =>
  fc.tuple(fc.nat(60), fc.constantFrom('drop', 'loosen', 'tighten', 'replace'), anySchema).map(([at, how, other]) => {
    let left = at;
    const walk = (value: unknown, isRoot = false): unknown => {
      if (typeof value !== 'object' || value === null) return value;
      if (Array.isArray(value)) return value.map((item) => walk(item));
      const entries = Object.entries(value).flatMap(([key, member]) => {
        if (left-- === 0 && key !== '$defs' && !(isRoot && key === '$ref')) {
          if (how === 'drop') return [];
          if (how === 'loosen') return key === 'type' ? [[key, [...new Set([member, 'null'].flat())]]] : [];
          if (how === 'replace' && key in other) return [[key, other[key]]];
        }
        return [[key, walk(member)]];
      });
      const made = Object.fromEntries(entries);
      return how === 'tighten' && left-- === 0 && !Array.isArray(made) ? { minProperties: 1, ...made } : made;
    };
    return { ...(walk(schema, true) as Record<string, unknown>), $defs: schema.$defs };
  });

const pair = anySchema.chain((one) =>
  fc.oneof({ weight: 4, arbitrary: neighbour(one) }, { weight: 1, arbitrary: anySchema }).chain((other) =>
    fc.record({
      one: fc.constant(one),
      other: fc.constant(other),
      values: fc.array(fc.oneof(valuesFor(one), valuesFor(other)), { minLength: 8, maxLength: 12 }),
    }),
  ),
);

describe('what is called compatible', () => {
  /** Whether a schema accepts a value; null for what is no schema. */
  function acceptanceOf(schema: Schema): ((value: unknown) => boolean) | null {
    try {
      const checks = compiled(schema as object);
      return (value) => checks.check(value, 'data', JSON.stringify(value).length).error === null;
    } catch {
      return null;
    }
  }

  it('is: no value is accepted by the one schema and refused by the other', () => {
    let shown = 0;
    fc.assert(
      fc.property(pair, ({ one, other, values }) => {
        const acceptance = [acceptanceOf(one), acceptanceOf(other)] as const;
        fc.pre(acceptance.every((each) => each !== null));
        for (const [from, to, isOfFrom, isOfTo] of [
          [one, other, ...acceptance],
          [other, one, ...acceptance.toReversed()],
        ] as const) {
          const found = breaksOf('BACKWARD', from, to, 'input.schema');
          expect(breaksOf('FORWARD', to, from, 'input.schema').length).toBe(found.length);
          if (found.length > 0) continue;
          if (from !== to && JSON.stringify(from) !== JSON.stringify(to)) shown++;
          for (const value of values) if (isOfFrom?.(value)) expect(isOfTo?.(value), JSON.stringify(value)).toBe(true);
        }
      }),
      { numRuns: 700 },
    );
    expect(shown).toBeGreaterThan(90);
  });
});
