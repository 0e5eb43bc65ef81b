import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/json/parseJson.ts';

/** Every way to write a unit of a string; V8's fault shows with keys that differ in their last escape alone. */
const unit = fc.oneof(
  fc.constantFrom(
    ...['a', 'b', '1', 'é', '\u2028', '😀'].map((character) => ({ text: character, value: character })),
    { text: '\\\\', value: '\\' },
    { text: '\\\\', value: '\\' },
    { text: '\\n', value: '\n' },
    { text: '\\t', value: '\t' },
    { text: '\\"', value: '"' },
    { text: '\\/', value: '/' },
    { text: '\\u0041', value: 'A' },
    { text: '\\u000a', value: '\n' },
    { text: '\\ud800', value: '\ud800' },
  ),
  fc.string({ unit: 'binary', maxLength: 40 }).map((value) => ({ text: JSON.stringify(value).slice(1, -1), value })),
);
const stringOf = (units: readonly { text: string; value: string }[]) => ({
  text: `"${units.map(({ text }) => text).join('')}"`,
  value: units.map(({ value }) => value).join(''),
});
const string = fc.array(unit, { maxLength: 4 }).map(stringOf);
const key = fc.oneof(
  string,
  fc
    .constantFrom('__proto__', 'constructor', 'toString', '', '1', '01', '4294967295')
    .map((value) => ({ text: JSON.stringify(value), value })),
  fc.constant({ text: '"\\u005f_proto__"', value: '__proto__' }),
);
const space = fc.stringMatching(/^[ \t\n\r]{0,2}$/);
const scalar = fc.oneof(
  fc.constantFrom<{ text: string; value: unknown }>(
    { text: 'true', value: true },
    { text: 'false', value: false },
    { text: 'null', value: null },
    { text: '-0', value: -0 },
    { text: '1E5', value: 100_000 },
    { text: '1.50', value: 1.5 },
    { text: '12345678901234567890', value: 12345678901234567000 },
  ),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((value) => ({ text: JSON.stringify(value), value: value + 0 })),
  string,
);

/** An object as the specification makes it of its members: of a key given twice the last value, in the first one's place. */
function objectOf(members: readonly (readonly [string, unknown])[]): object {
  const object = {};
  for (const [name, value] of members) {
    Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
  }
  return object;
}

const { value: written } = fc.letrec<{ value: { text: string; value: unknown } }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    scalar,
    fc.tuple(fc.array(tie('value'), { maxLength: 4 }), space).map(([items, gap]) => ({
      text: `[${gap}${items.map(({ text }) => text).join(`${gap},${gap}`)}${gap}]`,
      value: items.map(({ value }) => value),
    })),
    fc.tuple(fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }), space).map(([members, gap]) => ({
      text: `${gap}{${gap}${members
        .map(([name, item]) => `${name.text}${gap}:${gap}${item.text}`)
        .join(`${gap},${gap}`)}${gap}}${gap}`,
      value: objectOf(members.map(([name, item]) => [name.value, item.value])),
    })),
  ),
}));

/** Equal to the last detail: own keys in their order, -0, lone surrogates. */
function expectSame(read: unknown, value: unknown): void {
  if (typeof value !== 'object' || value === null) {
    if (!Object.is(read, value)) expect(read).toBe(value);
    return;
  }
  expect(Array.isArray(read)).toBe(Array.isArray(value));
  expect(Object.getPrototypeOf(read)).toBe(Array.isArray(value) ? Array.prototype : Object.prototype);
  expect(Reflect.ownKeys(read as object)).toEqual(Reflect.ownKeys(value));
  for (const name of Object.keys(value)) {
    expectSame(Object.getOwnPropertyDescriptor(read, name)?.value, Object.getOwnPropertyDescriptor(value, name)?.value);
  }
}

describe('reading JSON', () => {
  it.each([
    ['{"a":1,"\\\\":2}', '{"a":1,"\\n":2}', ['a', '\n']],
    ['{"a":1,"\\\\":2}', '{"a":1,"\\u0041":2}', ['a', 'A']],
    ['{"h":[],"ab\\\\":2}', '{"h":1,"ab\\"":2}', ['h', 'ab"']],
    ['{"\\\\":2}', '{ "\\t" : 2}', ['\t']],
    ['[{"k":{"\\\\":2}}]', '{"k":{"\\r":{"\\\\":1}}}', ['k']],
  ])('of %s changes nothing of how %s is read afterwards', (first, second, keys) => {
    for (let times = 0; times < 3; times++) {
      parseJson(first);
      expect(Object.keys(parseJson(second) as object)).toEqual(keys);
    }
  });

  it('gives exactly the value that was written, whatever was read before', () => {
    fc.assert(
      fc.property(written, ({ text, value }) => expectSame(parseJson(text), value)),
      { numRuns: 2_000 },
    );
  });

  it('takes what the engine takes, and refuses what it refuses', () => {
    const broken = fc
      .tuple(written, fc.nat(), fc.constantFrom('', '"', '\\', ':', ',', '}', ']', '\\"', '"\\n":', '\u0000'))
      .map(([{ text }, at, put]) => text.slice(0, at % (text.length + 1)) + put + text.slice((at % text.length) + 1));
    fc.assert(
      fc.property(broken, (text) => {
        let takes = true;
        try {
          JSON.parse(text);
        } catch {
          takes = false;
        }
        if (takes) parseJson(text);
        else expect(() => parseJson(text)).toThrow(SyntaxError);
      }),
      { numRuns: 2_000 },
    );
  });

  it('does not run out of stack, however deep the text is nested', () => {
    const text = `{"\\n":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    let value = (parseJson(text) as { '\n': unknown })['\n'];
    let depth = 0;
    for (; Array.isArray(value); value = value[0]) depth++;
    expect(depth).toBe(200_000);
  });
});
