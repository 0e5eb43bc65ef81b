import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { parseValue, type ValueNode } from 'graphql';
import { describe, expect, it } from 'vitest';
import { JsonText, stringifyAnswer } from '../../../core/answers/answerText.ts';
import { readJsonBody } from '../../../core/json/body.ts';
import { maxJsonDepth } from '../../../core/json/depth.ts';
import { parseJson } from '../../../core/json/parseJson.ts';
import { jsonTextOf } from '../../../core/json/sourceText.ts';
import { literalJson } from '../../../schema/jsonLiteral.ts';

/** What stands before and behind a value in a request. */
const request = (data: string) => `{"query":"{ x }","variables":{"input":{"events":[{"data":${data}}]}}}`;

// biome-ignore lint/suspicious/noExplicitAny: the shape is known from `request`.
const dataOf = (body: { value: any }) => body.value.variables.input.events[0].data;

const textOf = (data: string) => {
  const body = readJsonBody(request(data));
  if (body.problem) throw body.problem;
  return jsonTextOf(dataOf(body));
};

const refused = (data: string) => {
  const { problem } = readJsonBody(request(data));
  return problem && { code: problem.code, field: problem.field };
};

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** How many bytes of memory a value holds with all that is kept of it. */
function heldBy(make: () => unknown): number {
  make();
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const value = make();
  collectGarbage();
  const held = process.memoryUsage().heapUsed - before;
  // It lives until here.
  expect(value).toBeDefined();
  return held;
}

const space = fc.stringMatching(/^[ \t\n\r]{0,3}$/);
const numberText = fc.oneof(
  fc.integer().map(String),
  fc.maxSafeInteger().map(String),
  // JSON.stringify writes doubles up to 10^21 as integers, and those beyond 2^53 are refused.
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .filter((value) => Math.abs(value) <= 2 ** 53 || Math.abs(value) >= 1e21)
    .map((value) => JSON.stringify(value)),
  fc.constantFrom('-0', '0.0', '1.0', '1E5', '1e-7', '-1.50e+3', '0.1000000000000000055', '1e-400'),
);
const stringText = fc.oneof(
  fc.string({ unit: 'binary' }).map((value) => JSON.stringify(value)),
  fc.constantFrom(
    '"\\u00e9\\/\\ud83d\\ude00"',
    '"\\"}],"',
    '"\\\\"',
    '"\\\\\\""',
    '"\\u0000"',
    '"e\u0301"',
    '"\\ud800"',
  ),
);
const keyText = fc.oneof(
  stringText,
  fc.constantFrom('"__proto__"', '"constructor"', '"2"', '"1"', '""', '"toJSON"', '"length"'),
);

/** JSON as any writer may write it, beside the same without the space between tokens. */
const { value: written } = fc.letrec<{ value: { text: string; compact: string } }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.oneof(numberText, stringText, fc.constantFrom('true', 'false', 'null')).map((text) => ({ text, compact: text })),
    fc.tuple(fc.array(tie('value'), { maxLength: 5 }), space).map(([items, gap]) => ({
      text: `[${gap}${items.map((item) => item.text).join(`${gap},${gap}`)}${gap}]`,
      compact: `[${items.map((item) => item.compact).join(',')}]`,
    })),
    fc
      .tuple(
        fc.uniqueArray(fc.tuple(keyText, tie('value')), { maxLength: 5, selector: ([key]) => JSON.parse(key) }),
        space,
      )
      .map(([members, gap]) => ({
        text: `{${gap}${members.map(([key, item]) => `${key}${gap}:${gap}${item.text}`).join(`${gap},${gap}`)}${gap}}`,
        compact: `{${members.map(([key, item]) => `${key}:${item.compact}`).join(',')}}`,
      })),
  ),
}));
const container = written.filter(({ text }) => text.startsWith('{') || text.startsWith('['));

describe('the text of JSON', () => {
  it('is kept token by token, however it was written', () => {
    fc.assert(
      fc.property(container, ({ text, compact }) => {
        expect(textOf(text)).toBe(compact);
      }),
      { numRuns: 500 },
    );
  });

  it('is kept for every value of a request, also for values that are alike', () => {
    const body = readJsonBody('{"variables":{"a":{"n":1.0},"b":{"n":1},"c":[{"n":1.00}, {"n":1e0}]}}');
    const { a, b, c } = (body.value as { variables: Record<string, [object, object]> }).variables;
    expect([a, b, ...(c ?? [])].map(jsonTextOf)).toEqual(['{"n":1.0}', '{"n":1}', '{"n":1.00}', '{"n":1e0}']);
  });

  it('parses to the value that the resolver gets', () => {
    fc.assert(
      fc.property(container, ({ text }) => {
        const body = readJsonBody(request(text));
        expect(parseJson(jsonTextOf(dataOf(body)))).toEqual(dataOf(body));
      }),
      { numRuns: 200 },
    );
  });

  it('is kept exactly, whatever somebody else published before', () => {
    for (const other of ['{"a":1,"\\\\":2}', '{"a":1,"b\\\\":2}']) {
      textOf(other);
      expect(textOf('{"a":1,"\\n":1.0,"b\\"":{"\\t":1}}')).toBe('{"a":1,"\\n":1.0,"b\\"":{"\\t":1}}');
      expect(Object.keys(dataOf(readJsonBody(request('{"a":1,"\\n":2}'))))).toEqual(['a', '\n']);
    }
  });

  it('is held once, however deep the value is nested', () => {
    const text = `${'{"b":0,"a":'.repeat(60)}"${'a'.repeat(100_000)}€"${'}'.repeat(60)}`;
    // In two bytes a character: the value, and the text.
    expect(heldBy(() => readJsonBody(request(` ${text}`)).value)).toBeLessThan(8 * text.length);
    expect(textOf(` ${text}`)).toBe(text);
  });

  it('is found inside a message of a WebSocket as well', () => {
    const { value } = readJsonBody('{"type":"subscribe","payload":{"variables":{"data":{"b":1.0,"1":2}}}}');
    const { payload } = value as { payload: { variables: { data: object } } };
    expect(jsonTextOf(payload.variables.data)).toBe('{"b":1.0,"1":2}');
  });

  it('of a key given twice outside of the variables is that of the last, as in JSON.parse', () => {
    const { value, problem } = readJsonBody('{"variables":{"a":1},"variables":{"b":{"n":2.0}}}');
    expect(problem).toBeNull();
    const { variables } = value as { variables: { b: object } };
    expect(jsonTextOf(variables.b)).toBe('{"n":2.0}');
  });
});

describe('JSON that cannot be kept exactly', () => {
  const at = (path: string) => ({ code: 'VALIDATION_FAILED', field: `input.events[0].data${path}` });

  it('is refused for integers beyond ±2^53, with their path', () => {
    expect(refused('{"big":9007199254740993}')).toEqual(at('.big'));
    expect(refused('{"a":[1,{"b":-9007199254740993}]}')).toEqual(at('.a[1].b'));
    // 2^53 + 2 is a double, so that it would print as it was written.
    expect(refused('{"big":9007199254740994}')).toEqual(at('.big'));
    expect(refused('12345678901234567890')).toEqual(at(''));
    fc.assert(
      fc.property(fc.bigInt({ min: 2n ** 53n + 1n, max: 2n ** 80n }), fc.boolean(), (integer, negative) => {
        expect(refused(`[${negative ? -integer : integer}]`)).toEqual(at('[0]'));
      }),
    );
  });

  it('is not refused for integers within ±2^53, long digits in strings or long fractions', () => {
    const text = '{"a":9007199254740992,"b":-9007199254740992,"c":"12345678901234567890","d":0.12345678901234567890}';
    expect(refused(text)).toBeNull();
    expect(textOf(text)).toBe(text);
  });

  it('is refused for numbers that no double holds', () => {
    expect(refused('{"n":1e400}')).toEqual(at('.n'));
  });

  it('is refused for a key that is given twice, however it is escaped', () => {
    expect(refused('{"a":1,"b":{"c":1,"c":2}}')).toEqual(at('.b.c'));
    expect(refused('{"a":1,"\\u0061":2}')).toEqual(at('.a'));
    // The first value has another shape than the last, which the parser keeps.
    expect(refused('{"a":{"b":{"c":[{}]}},"a":1}')).toEqual(at('.a'));
    expect(refused('{"a":[[1],{}],"a":{"0":null}}')).toEqual(at('.a'));
  });

  it('is refused for nesting without end, without running out of stack', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(refused(nested(maxJsonDepth))).toBeNull();
    expect(refused(nested(200_000))).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    const deep = nested(200_000);
    for (const text of [
      `{"x":${deep},"variables":{}}`,
      `{"variables":{},"extensions":{"x":${deep}}}`,
      `{"variables":${deep}}`,
      `{"type":"subscribe","x":${deep},"payload":{"variables":{}}}`,
      `{"type":"subscribe","payload":{"variables":{},"x":${deep}}}`,
      `{"x":${deep},"x":1,"variables":{}}`,
      `{"variables":{"x":${deep},"x":1}}`,
      `{"variables":{"\\n":${deep}}}`,
      deep,
    ]) {
      expect(readJsonBody(text).problem).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    }
  });

  it('is refused when it is not JSON at all', () => {
    for (const text of ['', '{', '{"a":01}', '{"a":1,}', 'nul', '\ufeff{}', '{"a":"\u0001"}']) {
      expect(readJsonBody(text).problem).toMatchObject({ code: 'VALIDATION_FAILED', field: 'body' });
    }
  });
});

describe('JSON as a literal of a document', () => {
  const literal = (text: string, variables?: Record<string, unknown>) => literalJson(parseValue(text), variables);

  it('keeps the order of keys and the text of numbers', () => {
    const value = literal('{ b: 1.0, a: [1e5, "x", null, true], nested: { z: -0 } }');
    expect(value).toEqual({ b: 1, a: [100_000, 'x', null, true], nested: { z: -0 } });
    expect(jsonTextOf(value)).toBe('{"b":1.0,"a":[1e5,"x",null,true],"nested":{"z":-0}}');
  });

  it('includes variables, with their text', () => {
    const { value } = readJsonBody('{"variables":{"inner":{"n":1.0}}}');
    const { variables } = value as { variables: Record<string, unknown> };
    expect(jsonTextOf(literal('{ a: $inner, b: $missing, c: [$inner] }', variables))).toBe(
      '{"a":{"n":1.0},"c":[{"n":1.0}]}',
    );
  });

  it('is held once, however deep the value is nested', () => {
    const node = parseValue(`${'{ b: 0, a: '.repeat(60)}"${'a'.repeat(100_000)}€"${' }'.repeat(60)}`);
    expect(heldBy(() => literalJson(node, {}))).toBeLessThan(8 * 100_000);
  });

  it('refuses variables that make it longer than a body, however often it is read and however many literals they are in', () => {
    const long = { x: 'x'.repeat(300_000) };
    const [once, thrice, again] = ['{ a: $long }', '[$long, [$long, { a: $long }]]', '[$long]'].map((text) =>
      parseValue(text),
    );
    const variables = { long };
    for (let read = 0; read < 5; read++) literalJson(once as ValueNode, variables);
    expect(() => literalJson(thrice as ValueNode, variables)).toThrow('at most 1048576 characters');
    expect(() => literalJson(again as ValueNode, variables)).toThrow('at most 1048576 characters');
    expect(literalJson(parseValue('$long'), variables)).toBe(long);
    expect(jsonTextOf(literalJson(thrice as ValueNode, { long }))).toHaveLength(3 * 300_008 + 12);
  });

  it('refuses integers beyond ±2^53, enum values and deep nesting', () => {
    expect(() => literal('{ big: 9007199254740993 }')).toThrow('±2^53');
    expect(() => literal('{ a: WORD }')).toThrow('string');
    expect(() => literal('['.repeat(100) + ']'.repeat(100))).toThrow('levels deep');
  });

  it('makes own members of names that objects inherit', () => {
    expect(Object.keys(literal('{ __proto__: { polluted: 1 } }') as object)).toEqual(['__proto__']);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('JSON in an answer', () => {
  it('is sent as its own text', () => {
    fc.assert(
      fc.property(fc.array(container, { maxLength: 3 }), fc.string({ unit: 'binary' }), (values, around) => {
        const answer = { around, data: values.map(({ compact }) => new JsonText(compact)), after: [around] };
        const quoted = JSON.stringify(around);
        expect(stringifyAnswer(answer).join('')).toBe(
          `{"around":${quoted},"data":[${values.map(({ compact }) => compact).join(',')}],"after":[${quoted}]}`,
        );
      }),
    );
  });
});
