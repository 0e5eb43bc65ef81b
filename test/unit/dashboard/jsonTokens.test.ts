import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonTokens } from '../../../dashboard/src/schema/jsonTokens.ts';

describe('the tokens of JSON', () => {
  test('are all that it consists of, whatever white space is between them', () => {
    expect([...jsonTokens(' {"a\\"\\\\" :\t[1.50,-1e7 ,true,null,{}]\r\n,"":"[:"} ')]).toEqual(
      ['{', '"a\\"\\\\"', ':', '[', '1.50', ',', '-1e7', ',', 'true', ',', 'null', ',', '{', '}', ']'].concat([
        ...[',', '""', ':', '"[:"', '}'],
      ]),
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect([...jsonTokens(JSON.stringify(value, null, 3))].join('')).toBe(JSON.stringify(value));
      }),
    );
  });

  test('have a string of ten million characters, escaped or not', () => {
    for (const text of ['x', '\\'].map((each) => JSON.stringify(each.repeat(10_000_000)))) {
      expect([...jsonTokens(text)].map(({ length }) => length)).toEqual([text.length]);
    }
  });
});
