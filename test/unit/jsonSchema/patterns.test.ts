import fc from 'fast-check';
import { RE2JS } from 're2js';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../../../core/ground/errors.ts';
import { linearPattern } from '../../../core/jsonSchema/linearPattern.ts';
import { PatternThread } from '../../../core/jsonSchema/patternThread.ts';
import { SchemaChecks } from '../../../core/jsonSchema/schemaChecks.ts';
import { cpuNow } from '../../support/cpuClock.ts';
import { compiled, refusalOf, verdictOn } from './checking.ts';

const matchesAlike = (source: string, text: string) => {
  const linear = linearPattern(source);
  if (linear === null) return;
  expect(RE2JS.compile(linear.source).test(text), `${source} ${JSON.stringify(text)}`).toBe(
    new RegExp(source, 'u').test(text),
  );
};

describe('a pattern', () => {
  const atoms = [
    ...['a', 'b', '.', '\\d', '\\D', '\\w', '\\W', '\\s', '\\S', '\\b', '\\B', '^', '$', '\\/', '\\n', '\\cA', '\\0'],
    ...['[a-c]', '[^a]', '[\\d-]', '[^\\s\\W]', '[\\S]', '[]', '[^]', '\\u{1F600}', '\\ud83d\\ude00', 'é', '\\x41'],
    ...[
      '\\p{L}',
      '\\P{Lu}',
      '\\p{Letter}',
      '\\p{gc=Nd}',
      '[\\p{L}\\-]',
      '\\p{Script=Greek}',
      '(?:)',
      '\\$',
      '\\-',
    ].filter((atom) => atom !== '\\-'),
  ];
  const pattern: fc.Arbitrary<string> = fc.letrec<{ part: string }>((tie) => ({
    part: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(...atoms),
      fc.tuple(tie('part'), tie('part')).map((parts) => parts.join('')),
      fc.tuple(tie('part'), tie('part')).map((parts) => `(?:${parts.join('|')})`),
      fc
        .tuple(tie('part'), fc.constantFrom('*', '+', '?', '{2}', '{0}', '{1,3}', '{2,}', '*?'))
        .map(([part, times]) => `(${part})${times}`),
    ),
  })).part;
  const text = fc.string({
    unit: fc.constantFrom(...'abcA1_ -/\n\r\u0001\u0000\u00a0\u2028\ufeffé$αЯ', '😀', '\ud83d'),
    maxLength: 12,
  });

  it('has the same meaning in the linear engine as in ECMAScript', () => {
    fc.assert(fc.property(pattern, text, matchesAlike), { numRuns: 500 });
  });

  it.each(['^\\S+@\\S+\\.\\p{L}{2,}$', '^[A-Z]{3}-\\d+$', '\\p{Lu}', '^.{1,50}$', '(?<year>\\d{4})', '^(a+)+$'])(
    'of a common kind is linear: %s',
    (source) => expect(linearPattern(source)).not.toBeNull(),
  );

  it.each([
    '(?=a)',
    '(?<!a)b',
    '(a)\\1',
    '(?<a>b)\\k<a>',
    '\\p{Script=Greek}',
    'a{2000}',
    '(?:a{900}){900}',
    '\\ud800',
  ])('is left to ECMAScript’s own engine if the linear one cannot read it: %s', (source) =>
    expect(linearPattern(source)).toBeNull(),
  );

  it('takes as long for a hard text as for any other', () => {
    const hard = `${'a'.repeat(2_000)}!`;
    expect(refusalOf({ pattern: '^(a+)+$' }, hard)).toBe('VALIDATION_FAILED data');
    expect(refusalOf({ patternProperties: { '^(a+)+$': false } }, { [hard]: 1 })).toBeNull();
  });

  it('does not run on the main thread if it could take long: long texts, large programs, look-around', () => {
    for (const [pattern, value] of [
      ['^(a+)+$', 'a'.repeat(50_000)],
      ['^.{1,900}$', 'a'],
      ['^(?=a)', 'a'],
    ] as const) {
      expect(verdictOn({ pattern }, value).questions, pattern).toHaveLength(1);
    }
    const many = { items: { pattern: '^(?:[a-z]{1,40}x)+$' } };
    expect(
      verdictOn(
        many,
        Array.from({ length: 10_000 }, () => 'abcx'),
      ).questions.length,
    ).toBeGreaterThan(5_000);
  });
});

describe('a pattern of which many groups have the same name', () => {
  const nested = (depth: number, name = 'a') => `${'('.repeat(depth)}?<${name}>b${')'.repeat(depth)}`;

  // The newest grammar lets them share it where no two can take part in a match: each further level would double the time.
  it.each([
    ['beside each other', (depth: number) => `${nested(depth)}${nested(depth)}`],
    ['as alternatives', (depth: number) => `(?:${nested(depth)}|${nested(depth)})`],
    [
      'as alternatives in brackets',
      (depth: number) => `${'('.repeat(depth)}${nested(depth)}|${nested(depth)}${')'.repeat(depth)}`,
    ],
    ['written in two ways', (depth: number) => `(?i:${nested(depth)}|${nested(depth, '\\u{61}')})`],
    ['behind what looks like one', (depth: number) => `(?i:[(?<1]${nested(depth)}|[(?<2]${nested(depth)})`],
    ['one after the other', (depth: number) => Array.from({ length: 80 * depth }, () => '(?<a>)').join('|')],
  ])('is read in a time that its length bounds: %s', (_, made) => {
    const began = cpuNow();
    for (const depth of [4, 25]) {
      const source = made(depth);
      linearPattern(source);
      refusalOf({ format: 'regex' }, source);
      try {
        compiled({ pattern: source });
      } catch {
        // Whether the engine knows it is not asked here.
      }
    }
    expect(cpuNow() - began).toBeLessThan(1_000);
  });

  it('is another matter than one whose groups have names of their own, which may have modifiers where the engine knows them', () => {
    const source = '(?<year>\\d{4})-(?<month>\\d\\d)';
    expect(refusalOf({ format: 'regex' }, source)).toBeNull();
    expect(refusalOf({ pattern: source }, '2026-12')).toBeNull();
    const engineKnows = Number(process.versions.node.split('.')[0]) >= 24;
    expect(refusalOf({ format: 'regex' }, `(?i:a)${source}`)).toBe(engineKnows ? null : 'VALIDATION_FAILED data');
  });
});

describe('a pattern with properties of Unicode, each of which stands for hundreds of ranges', () => {
  const cpuOf = (work: () => void): number => {
    const before = cpuNow();
    work();
    return cpuNow() - before;
  };

  it.each(['\\p{L}', '\\P{Lu}', '[^\\p{L}]'])(
    'is not read by ECMAScript’s engine where others wait: %s',
    (property) => {
      const many = property.repeat(Math.floor(40_000 / property.length));
      // Code that ran for a while is measured, as a process that others wait for has it.
      for (let round = 0; round < 3; round++) {
        compiled({ pattern: `${many}${round}` });
        verdictOn({ format: 'regex' }, `${many}${round}`);
      }
      // Texts that its cache does not know. Half a second on a machine that does nothing else.
      const ownMs = cpuOf(() => new RegExp(`${many}${process.pid}own`, 'u'));
      const source = `${many}${process.pid}`;
      expect(cpuOf(() => compiled({ pattern: source }))).toBeLessThan(ownMs / 5);
      expect(cpuOf(() => verdictOn({ format: 'regex' }, source))).toBeLessThan(ownMs / 5);
    },
  );

  it('is compiled on the main thread only if it has a few', () => {
    const property = '\\p{L}';
    expect(verdictOn({ pattern: `^${property.repeat(3)}$` }, 'abc')).toMatchObject({ error: null, questions: [] });
    expect(verdictOn({ pattern: property.repeat(200) }, 'abc').questions).toHaveLength(1);
    const many = Array.from({ length: 50 }, (_, n) => ({ not: { pattern: `${property}${n}` } }));
    expect(verdictOn({ allOf: many }, 'a').questions.length).toBeGreaterThan(20);
  });

  it.each(['\\p{L}', '(?:a)'])('is refused if ECMAScript cannot read it, however long it is: %s', (part) => {
    for (const wrong of ['(', '[', '\\p{Nonsense}', '{', '\\1', '(?<a>)\\k<b>']) {
      const pattern = part.repeat(1_000) + wrong;
      expect(() => compiled({ pattern })).toThrow(/not a regular expression of ECMAScript/);
    }
  });
});

describe('patterns that run on their own thread', () => {
  const checks = new SchemaChecks();
  afterAll(() => checks.close());
  const check = (schema: object, value: unknown, tenant = 'tenant') =>
    checks.check(tenant, compiled(schema), value, 'data', JSON.stringify(value).length);
  const endless = '^(?=(a+)+$)a';
  const hard = `${'a'.repeat(60)}!`;

  it('give the same answers as on the main thread, anywhere in a schema', async () => {
    const schema = {
      properties: {
        list: { items: { anyOf: [{ pattern: '^(?!x)' }, { pattern: '^(?=xy)' }] } },
        none: { not: { pattern: '(.)\\1' } },
      },
      patternProperties: {
        '^(?=n)': {
          oneOf: [
            { pattern: '^(?=a)', maxLength: 3 },
            { pattern: '^(?!a)', minLength: 3 },
          ],
        },
      },
      additionalProperties: false,
    };
    expect(await check(schema, { list: ['a', 'xy'], none: 'abc', n: 'bcd' })).toBeNull();
    for (const [value, field] of [
      [{ list: ['a', 'xz'] }, 'data.list[1]'],
      [{ none: 'abb' }, 'data.none'],
      [{ n: 'abcd' }, 'data.n'],
      [{ n: 'bc' }, 'data.n'],
      [{ m: 1 }, 'data.m'],
    ] as const) {
      expect(await check(schema, value)).toMatchObject({ code: 'VALIDATION_FAILED', field });
    }
    expect(await check({ pattern: '^(a+)+$' }, `${'a'.repeat(200_000)}!`)).toMatchObject({ field: 'data' });
    expect(await check({ pattern: '^.{1,900}$' }, 'a')).toBeNull();
    const many = Array.from({ length: 2_000 }, (_, n) => `n${n}`);
    for (const items of [
      { not: { pattern: '(?=x)' } },
      { oneOf: [{ pattern: '(?=n)' }, { pattern: '(?=x)' }, { pattern: '(?=y)' }] },
      JSON.parse('{"if":{"pattern":"(?=x)"},"then":false}'),
    ]) {
      expect(await check({ items }, many)).toBeNull();
    }
    expect(await check({ contains: { pattern: '(?=x)' }, minContains: 0, maxContains: 1 }, many)).toBeNull();
  });

  it('are terminated when they take too long, naming field and pattern, and later searches run', async () => {
    for (const schema of [
      { properties: { a: { items: { anyOf: [{ const: 'b' }, { pattern: endless }] } } } },
      { properties: { a: { items: { not: { anyOf: [{ pattern: endless }] } } } } },
      { properties: { a: { items: { if: { pattern: endless } } } } },
    ]) {
      const error = await check(schema, { a: ['b', hard] });
      expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', field: 'data.a[1]' });
      expect(error?.message).toContain(endless);
    }
    expect(await check({ pattern: '(?=a)' }, 'a')).toBeNull();
  });

  it('are terminated when they take too long to read, too, after many others have been searched', async () => {
    const many = Array.from({ length: 500 }, (_, n) => `n${n}`);
    expect(await check({ items: { pattern: '(?=n)' } }, many, 'long')).toBeNull();
    const pattern = '\\p{L}'.repeat(10_000);
    expect(await check({ properties: { a: { pattern } } }, { a: 'a' }, 'long')).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      field: 'data.a',
    });
    expect(await check({ pattern: '(?=a)' }, 'a', 'long')).toBeNull();
  });

  it('have a budget for each tenant: one that is used up does not affect the others', async () => {
    const refused = async (): Promise<ApiError> => {
      for (;;) {
        try {
          expect(await check({ pattern: endless }, hard, 'hostile')).toMatchObject({ code: 'LIMIT_EXCEEDED' });
        } catch (error) {
          if (error instanceof ApiError) return error;
          throw error;
        }
      }
    };
    expect(await refused()).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) });
    expect(await check({ pattern: '(?=a)' }, 'a', 'innocent')).toBeNull();
  });

  it('are asked some at a time, however many there are', async () => {
    const found = vi.spyOn(PatternThread.prototype, 'answer');
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`a${n}`, n]));
    expect(await check({ patternProperties: { '(?=a)': { type: 'integer' } } }, many, 'curious')).toBeNull();
    expect(found.mock.calls.map(([, questions]) => questions.length)).toEqual([2_000, 2_000, 1_000]);
    found.mockRestore();
  });

  it('are refused when too many wait', async () => {
    const all = Array.from({ length: 150 }, () => check({ pattern: '(?=a)' }, 'a', 'eager'));
    const found = await Promise.allSettled(all);
    const refused = found.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    for (const each of refused) expect(each).toMatchObject({ reason: { code: 'RATE_LIMITED' } });
  });
});
