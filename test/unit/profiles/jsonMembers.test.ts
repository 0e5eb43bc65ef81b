import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../core/json/parseJson.ts';
import { membersOf, objectOf } from '../../../core/profiles/jsonMembers.ts';

describe('members of a JSON text', () => {
  it('are those that the parser sees, for any object however it is spaced', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
        fc.constantFrom(0, 1, '\t'),
        (object, space) => {
          const text = JSON.stringify(object, null, space);
          const members = membersOf(` \r\n${text}\t`) as Map<string, string>;
          const parsed = parseJson(text) as Record<string, unknown>;
          expect([...members.keys()].sort()).toEqual(Object.keys(parsed).sort());
          for (const [key, value] of members) expect(parseJson(value)).toEqual(parsed[key]);
          expect(parseJson(objectOf(members))).toEqual(parsed);
        },
      ),
    );
  });

  it('keep their text, and braces and quotes within strings mislead nobody', () => {
    const text = '{"a" : 1.50 , "b\\"}":"}\\\\","c":[{"d":"]"}, -0.0 ],"e":{}}';
    expect([...(membersOf(text) as Map<string, string>)]).toEqual([
      ['a', '1.50'],
      ['b"}', '"}\\\\"'],
      ['c', '[{"d":"]"}, -0.0 ]'],
      ['e', '{}'],
    ]);
  });

  it('of a key written twice are the last', () => {
    expect([...(membersOf('{"a":1,"b":2,"a":3}') as Map<string, string>)]).toEqual([
      ['a', '3'],
      ['b', '2'],
    ]);
  });

  it.each(['[{"a":1}]', '"{}"', '1', 'null'])('are none for %s', (text) => {
    expect(membersOf(text)).toBeNull();
  });

  it('are empty for an empty object', () => {
    expect(membersOf('{ }')?.size).toBe(0);
  });
});
