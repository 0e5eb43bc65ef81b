import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plane } from '../../../core/profiles/plane.ts';
import { pythonJson } from '../../../core/profiles/pythonJson.ts';
import { envelope } from './envelope.ts';

/** Asks a real Python, in one process, what it writes for each of the texts. A missing python3 fails the test. */
function python(texts: readonly string[]): string[] {
  const program = [
    'import base64, json, sys',
    'for line in sys.stdin:',
    '    print(json.dumps(json.loads(base64.b64decode(line))))',
  ].join('\n');
  const input = texts.map((text) => Buffer.from(text).toString('base64')).join('\n');
  return execFileSync('python3', ['-c', program], { input, encoding: 'utf8', maxBuffer: 1 << 30 })
    .trimEnd()
    .split('\n');
}

const digits = (most: number) => fc.stringMatching(new RegExp(`^(0|[1-9][0-9]{0,${most}})$`));
const fraction = fc.stringMatching(/^(\.[0-9]{1,25})?$/);
const exponent = fc
  .tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), fc.integer({ min: 0, max: 330 }))
  .map((parts) => parts.join(''));
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? '-0.0' : String(value))),
  fc.integer().map(String),
  fc.tuple(fc.constantFrom('', '-'), digits(40)).map((parts) => parts.join('')),
  fc
    .tuple(fc.constantFrom('', '-'), digits(25), fraction, fc.option(exponent, { nil: '' }))
    .map((parts) => parts.join('')),
  fc.constantFrom(
    '-0',
    '-0.0',
    '0.0',
    '0e5',
    '-0E-5',
    '1.0',
    '1E5',
    '1e16',
    '1e15',
    '9999999999999998.0',
    '1e-4',
    '1e-5',
  ),
);
const string = fc.oneof(
  fc.string({ unit: 'binary' }).map((value) => JSON.stringify(value)),
  fc
    .array(
      fc.constantFrom(
        'a',
        'é',
        '€',
        '😀',
        '\x7f',
        '\u2028',
        '\\/',
        '\\u00E9',
        '\\ud83d\\ude00',
        '\\ud83d',
        '\\udE00',
        '\\"',
        '\\\\',
        '\\b',
      ),
    )
    .map((parts) => `"${parts.join('')}"`),
);
const space = fc.constantFrom('', '', ' ', '\n\t', '\r\n  ');
const json = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(number, string, fc.constantFrom('true', 'false', 'null')),
    fc
      .tuple(fc.array(tie('value'), { maxLength: 5 }), space)
      .map(([items, gap]) => `[${gap}${items.join(`${gap},${gap}`)}${gap}]`),
    fc
      .tuple(
        fc.array(fc.tuple(fc.oneof(string, fc.constantFrom('"1"', '"a"', '"__proto__"')), tie('value')), {
          maxLength: 6,
        }),
        space,
      )
      .map(
        ([members, gap]) =>
          `{${gap}${members.map(([key, value]) => `${key}${gap}:${gap}${value}`).join(`,${gap}`)}${gap}}`,
      ),
  ),
})).value;

describe("Python's json.dumps", () => {
  it('is reproduced byte for byte, for thousands of values', () => {
    const texts = fc.sample(json, 5000);
    expect(texts.map(pythonJson)).toEqual(python(texts));
  });

  it('is reproduced for thousands of numbers of every size', () => {
    const bits = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map((value) => {
      const view = new DataView(new ArrayBuffer(8));
      view.setBigUint64(0, value);
      return view.getFloat64(0);
    });
    const numbers = fc.sample(
      fc.oneof(
        bits.filter(Number.isFinite).map((value) => value.toExponential()),
        number,
      ),
      20_000,
    );
    expect(numbers.map(pythonJson)).toEqual(python(numbers));
  });

  it.each([
    [
      '[1.0,1E5,-0.0,-0,12345678901234567890,1e-5,1e-7,15e299,0.0001]',
      '[1.0, 100000.0, -0.0, 0, 12345678901234567890, 1e-05, 1e-07, 1.5e+300, 0.0001]',
    ],
    ['{"b":1,"2":2,"1":3,"b":{}}', '{"b": {}, "2": 2, "1": 3}'],
    ['"\x7fé😀\\ud800"', '"\\u007f\\u00e9\\ud83d\\ude00\\ud800"'],
  ])('writes %s as %s', (text, written) => {
    expect(pythonJson(text)).toBe(written);
  });

  it('copes with any depth of nesting', () => {
    const depth = 200_000;
    expect(pythonJson('['.repeat(depth) + ']'.repeat(depth))).toHaveLength(2 * depth);
  });

  it('leaves a PLANE body as it is: what its receiver re-serializes is what was signed', () => {
    const bodies = fc
      .sample(
        fc.tuple(json, fc.constantFrom('issue.create', 'issue.update', 'issue.delete', 'cycle_issue.create')),
        2000,
      )
      .map(([data, eventType]) => plane.body(envelope({ data, eventType })).toString());
    expect(python(bodies)).toEqual(bodies);
  });
});
