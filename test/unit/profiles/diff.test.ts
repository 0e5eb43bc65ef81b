import { expect, it } from 'vitest';
import { changesBetween } from '../../../core/profiles/diff.ts';

it('a change is another value: neither another order of members nor another spelling of a number', () => {
  const before = '{"zero":-0,"list":[1.0,{"a":0.0,"b":2}],"kept":null,"gone":1}';
  const after = '{"list":[1,{"b":2e0,"a":-0.0}],"zero":0,"kept":null,"come":null}';
  expect(changesBetween(before, after)).toEqual([
    { field: 'come', before: undefined, after: 'null' },
    { field: 'gone', before: '1', after: undefined },
  ]);
  expect(changesBetween('{"a":[1,2],"b":{"c":1}}', '{"a":[2,1],"b":{"d":1}}')?.map(({ field }) => field)).toEqual([
    'a',
    'b',
  ]);
});
