import fc from 'fast-check';
import { buildSchema, OverlappingFieldsCanBeMergedRule, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { fieldsMerge } from '../../../server/http/fieldsMerge.ts';

const schema = buildSchema('type Query { a(x: Int, y: Int): Query b(x: Int, y: Int): Query n: Int m: Int }');
const conflicts = (text: string, rule: typeof fieldsMerge) => validate(schema, parse(text), [rule]).length > 0;

const argumentsOf = fc.constantFrom('', '(x: 1)', '(x: 2)', '(x: 1, y: 2)', '(y: 2, x: 1)');
const name = fc.constantFrom('n', 'm', 'n: m', 'm: n', 'k: n', 'k: m');
const nested = fc.constantFrom('a', 'b', 'c: a', 'c: b');
/** Selections that spread only later fragments: none spreads itself. */
const selections = (first: number) =>
  fc.letrec<{ set: string }>((tie) => ({
    set: fc
      .array(
        fc.oneof(
          { depthSize: 'small', withCrossShrink: true },
          name,
          ...(first < 4 ? [fc.integer({ min: first, max: 3 }).map((index) => `...F${index}`)] : []),
          fc.tuple(nested, argumentsOf, tie('set')).map(([field, args, set]) => `${field}${args} { ${set} }`),
          tie('set').map((set) => `... { ${set} }`),
        ),
        { minLength: 1, maxLength: 4 },
      )
      .map((parts) => parts.join(' ')),
  })).set;
const document = fc
  .tuple(selections(0), selections(1), selections(2), selections(3), selections(4))
  .map(([query, ...fragments]) =>
    [`{ ${query} }`, ...fragments.map((set, index) => `fragment F${index} on Query { ${set} }`)].join(' '),
  );

describe('fields of one name', () => {
  it('are refused exactly when GraphQL’s own rule refuses them', () => {
    let refused = 0;
    fc.assert(
      fc.property(document, (text) => {
        // Another rule refuses fragments that no operation reaches.
        const reached = [0, 1, 2, 3].every((index) => text.includes(`...F${index}`));
        fc.pre(reached);
        const expected = conflicts(text, OverlappingFieldsCanBeMergedRule);
        if (expected) refused += 1;
        expect(conflicts(text, fieldsMerge), text).toBe(expected);
      }),
      { numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(10);
  });

  it('are refused exactly when GraphQL’s own rule refuses them, where rows of several types are found by one field', () => {
    const rows = buildSchema(`
      type Query { node(id: Int): Node nodes: [Node!] n: Int }
      interface Node { id: Int of: Node }
      type A implements Node { id: Int of: Node text: String same: Int list: [Int] other: A }
      type B implements Node { id: Int of: Node text: Int same: Int list: Int other: Node }`);
    const conflict = (text: string, rule: typeof fieldsMerge) => validate(rows, parse(text), [rule]).length > 0;
    const leaf = fc.constantFrom('id', 'x: id', 'text', 'x: text', 'same', 'x: same', 'id: same', 'list');
    const common = fc.constantFrom('id', 'x: id', 'id', '__typename');
    const { set } = fc.letrec<{ set: string; of: string }>((tie) => ({
      of: fc
        .array(
          fc.oneof(
            { depthSize: 'small' },
            leaf,
            tie('set').map((inner) => `of { ${inner} }`),
            tie('set').map((inner) => `other { ${inner} }`),
          ),
          { minLength: 1, maxLength: 3 },
        )
        .map((parts) => parts.join(' ')),
      set: fc
        .array(
          fc.oneof(
            { depthSize: 'small' },
            common,
            fc.tuple(fc.constantFrom('A', 'B'), tie('of')).map(([type, inner]) => `... on ${type} { ${inner} }`),
            tie('set').map((inner) => `... on Node { ${inner} }`),
            tie('set').map((inner) => `of { ${inner} }`),
          ),
          { minLength: 1, maxLength: 4 },
        )
        .map((parts) => parts.join(' ')),
    }));
    let refused = 0;
    fc.assert(
      fc.property(set, set, (one, other) => {
        const text = `{ node(id: 1) { ${one} } ...F } fragment F on Query { node(id: 1) { ${other} } }`;
        const expected = conflict(text, OverlappingFieldsCanBeMergedRule);
        if (expected) refused += 1;
        expect(conflict(text, fieldsMerge), text).toBe(expected);
      }),
      { numRuns: 500 },
    );
    expect(refused).toBeGreaterThan(20);
  });
});
