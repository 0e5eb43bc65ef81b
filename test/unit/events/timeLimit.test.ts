import { describe, expect, it } from 'vitest';
import { compileSchema } from '../../../server/events/jsonSchema.ts';
import { TimeLimit, TimeOver } from '../../../server/events/timeLimit.ts';

const endless = () => {
  for (;;);
};

describe('a time limit', () => {
  it('interrupts what goes on for ever, also a pattern’s search', () => {
    expect(() => new TimeLimit(20).run(endless)).toThrow(TimeOver);
    expect(() => new TimeLimit(20).run(() => /^(a+)+$/.test(`${'a'.repeat(60)}!`))).toThrow(TimeOver);
  });

  it('hands through what the work returns and throws, and can be used in itself again', () => {
    const limit = new TimeLimit(1_000);
    expect(limit.run(() => 7)).toBe(7);
    expect(() =>
      limit.run(() => {
        throw new RangeError('of the work');
      }),
    ).toThrow('of the work');
    expect(limit.run(() => 'still')).toBe('still');
  });

  it('is shared by all that runs under it', () => {
    const limit = new TimeLimit(30);
    expect(() => limit.run(endless)).toThrow(TimeOver);
    expect(() => limit.run(() => 7)).toThrow(TimeOver);
  });
});

describe('a tenant’s schema', () => {
  const check = (text: string, value: unknown) =>
    compileSchema(JSON.parse(text), text, { field: 'schema', trusted: false }).check(
      value,
      'data',
      JSON.stringify(value).length,
      new TimeLimit(50),
    );
  const tooLong = { code: 'LIMIT_EXCEEDED', field: 'data' };
  const hard = `${'a'.repeat(60)}!`;
  const list = Array.from({ length: 4_000 }, (_, n) => ({ n }));

  it.each([
    ['a pattern', '{"pattern":"^(a+)+$"}', hard],
    ['a keyword that is written with an escape', String.raw`{"\u0070attern":"^(a+)+$"}`, hard],
    ['patterns for names', '{"patternProperties":{"^(a+)+$":true}}', { [hard]: 1 }],
    ['a comparison of all items with each other', '{"uniqueItems":true}', list.flatMap((item) => [item, [item]])],
    [
      'a recursion that doubles at each level',
      '{"$defs":{"x":{"anyOf":[{"properties":{"in":{"allOf":[{"$ref":"#/$defs/x"},{"$ref":"#/$defs/x"}]}}}]}},"$ref":"#/$defs/x"}',
      JSON.parse(`${'{"in":'.repeat(26)}{}${'}'.repeat(26)}`),
    ],
    [
      'a long list of choices for each of many items',
      JSON.stringify({ items: { enum: Array.from({ length: 3_500 }, (_, n) => ({ n })) } }),
      Array.from({ length: 20_000 }, () => ({ n: 3_499 })),
    ],
  ])('is interrupted where it takes time out of proportion: %s', (_, schema, value) => {
    try {
      check(schema, value);
      expect.unreachable('It was checked in time.');
    } catch (error) {
      expect(error).toMatchObject(tooLong);
    }
  });

  it('checks ordinary events of any size', () => {
    const schema = '{"type":"array","items":{"type":"object","properties":{"n":{"type":"integer"}}}}';
    check(schema, list);
    expect(() => check(schema, [{ n: 'seven' }])).toThrow(expect.objectContaining({ field: 'data[0].n' }));
  });
});
