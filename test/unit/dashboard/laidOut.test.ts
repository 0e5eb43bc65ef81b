import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { laidOut } from '../../../dashboard/src/deliveries/laidOut.ts';

describe('a body laid out for reading', () => {
  test('keeps every number and every string as it was written', () => {
    expect(laidOut('{"id":12345678901234567890,"sum":1.0,"part":1e-7,"name":"\\u00e9\\/","id":-0}')).toBe(
      '{\n  "id": 12345678901234567890,\n  "sum": 1.0,\n  "part": 1e-7,\n  "name": "\\u00e9\\/",\n  "id": -0\n}',
    );
  });

  test('is as JSON.stringify lays it out, however it was spaced', () => {
    const space = fc.constantFrom(undefined, ' ', '\t', 4);
    fc.assert(
      fc.property(fc.jsonValue(), space, (value, spacing) => {
        expect(laidOut(JSON.stringify(value, null, spacing))).toBe(JSON.stringify(value, null, 2));
      }),
    );
  });

  test('is nothing where it is no JSON', () => {
    expect(['', 'berthed', '{', '{"a":1,}', "{'a':1}", '[1 2]'].map(laidOut)).toEqual(Array(6).fill(null));
  });

  test('is nothing where it is nested so deeply that its indents alone would fill the memory', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(laidOut(nested(50))?.split('\n')).toHaveLength(99);
    // As much of an answer as is kept.
    expect([101, 5_000, 32 * 1024].map((depth) => laidOut(nested(depth)))).toEqual([null, null, null]);
    expect(laidOut('{"a":'.repeat(10_000) + 1 + '}'.repeat(10_000))).toBeNull();
  });

  test('is nothing where it would be many times as long as it was', () => {
    const tight = `${'['.repeat(90)}${'1,'.repeat(500_000)}1${']'.repeat(90)}`;
    expect(laidOut(tight)).toBeNull();
    expect(laidOut(tight.slice(89, -89))).toHaveLength(500_000 * 5 + 7);
  });

  test('is bounded whatever comes, and never throws', () => {
    const token = fc.constantFrom('[', ']', '{', '}', ',', ':', '"', '\\', '1', ' ', '"a"', 'null', '\ud800');
    const part = fc.tuple(token, fc.constantFrom(1, 2, 1_000)).map(([text, times]) => text.repeat(times));
    const brackets = fc.nat(3_000).map((depth) => `${'['.repeat(depth)}7${']'.repeat(depth)}`);
    const strung = fc.array(part, { maxLength: 20 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(brackets, strung), (text) => {
        expect(laidOut(text)?.length ?? 0).toBeLessThan(201 * text.length + 1);
      }),
    );
  });

  test('has a string of millions of characters as it was written', () => {
    for (const text of ['x', '\\', '"'].map((each) => JSON.stringify(each.repeat(1_500_000)))) {
      expect(laidOut(text)).toBe(text);
    }
  });
});
