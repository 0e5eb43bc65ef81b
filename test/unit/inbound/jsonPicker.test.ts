import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonPicker } from '../../../core/inbound/jsonPicker.ts';

const places = [['action'], ['issue', 'id'], ['issue', 'number'], ['repository', 'full_name'], ['a', 'b', 'c']];

function pick(text: string | Buffer, cuts: readonly number[] = []): unknown {
  const bytes = Buffer.from(text as string);
  const picker = new JsonPicker(places);
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (let index = 1; index < at.length; index++) picker.write(bytes.subarray(at[index - 1], at[index]));
  return picker.end();
}

/** The value at a path, if it is a scalar. */
function at(value: unknown, path: readonly string[]): unknown {
  for (const key of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key))
      return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return typeof value === 'object' && value !== null ? undefined : value;
}

const key = fc.oneof(
  fc.constantFrom('action', 'issue', 'id', 'number', 'repository', 'full_name', 'a', 'b', 'c'),
  fc.string(),
);
const { value: documents } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.jsonValue({ maxDepth: 1 }),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.dictionary(key, tie('value'), { maxKeys: 6 }),
}));
const spaced = fc.constantFrom(undefined, 1, '\t');
const cuts = fc.array(fc.nat(), { maxLength: 8 });

describe('the value picked from a JSON text', () => {
  it('is the one that JSON.parse finds there, however the text is written and split', () => {
    fc.assert(
      fc.property(documents, spaced, cuts, (document, space, where) => {
        const text = JSON.stringify(document, null, space);
        const picked = pick(text, where);
        const parsed = JSON.parse(text);
        for (const path of places) expect(at(picked, path), text).toEqual(at(parsed, path));
      }),
      { numRuns: 500 },
    );
  });

  it('is refused exactly when JSON.parse refuses the text', () => {
    const broken = fc.tuple(
      documents,
      fc.nat(),
      fc.string({ unit: fc.constantFrom(...'{}[],:"\\ue+-.0123 tfn\n'), maxLength: 3 }),
      fc.nat(3),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          broken,
          fc.tuple(
            fc.constant(null),
            fc.constant(0),
            fc.string({ unit: fc.constantFrom(...'{}[],:"\\u00e+-.0123456789 truefalsn\n') }),
            fc.constant(4),
          ),
        ),
        cuts,
        ([document, place, part, taken], where) => {
          const text = JSON.stringify(document);
          const middle = place % (text.length + 1);
          const changed = `${text.slice(0, middle)}${part}${text.slice(middle + taken)}`;
          let parsed: unknown;
          try {
            parsed = JSON.parse(changed);
          } catch {
            expect(() => pick(changed, where), changed).toThrow(SyntaxError);
            return;
          }
          const picked = pick(changed, where);
          for (const path of places) expect(at(picked, path), changed).toEqual(at(parsed, path));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['{"action":"a","action":"b"}', { action: 'b' }],
    ['{"issue":{"id":1},"issue":{"number":2}}', { issue: { number: 2 } }],
    ['{"issue":{"id":1},"issue":null}', {}],
    ['{"\\u0061ction":"\\ud83d\\ude00"}', { action: '😀' }],
    ['{"issue":{"number":1.0,"id":4e2}}', { issue: { number: 1, id: 400 } }],
    ['[{"action":"x"}]', {}],
    ['{"issue":[{"id":1}]}', {}],
    ['7', {}],
  ])('of %s is %j', (text, expected) => {
    const picked = JSON.parse(JSON.stringify(pick(text)));
    const present = Object.fromEntries(
      Object.entries(picked).filter(
        ([, value]) => value !== undefined && JSON.stringify(value) !== '{}' && JSON.stringify(value) !== '{"b":{}}',
      ),
    );
    expect(present).toEqual(expected);
  });

  it('leaves out values longer than any name, and the text is refused if it is nested without end', () => {
    expect(at(pick(`{"action":"${'x'.repeat(5_000)}","issue":{"id":7}}`), ['issue', 'id'])).toBe(7);
    expect(at(pick(`{"action":"${'x'.repeat(5_000)}"}`), ['action'])).toBeUndefined();
    expect(() => pick(`${'['.repeat(1_000)}${']'.repeat(1_000)}`)).not.toThrow();
    expect(() => pick('['.repeat(1_001))).toThrow(SyntaxError);
  });
});
