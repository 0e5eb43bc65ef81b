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
});
