import { describe, expect, it } from 'vitest';
import { CatalogueError, type CatalogueType, generateTypes } from '../../../../client-sdk/src/catalogue/index.ts';
import { cpuNow } from '../../../support/cpuClock.ts';
import { compile, placeOf } from '../../../support/typeScript.ts';

const generated = (...types: CatalogueType[]) => generateTypes(types, { source: 'a test' });

/** What the compiler says of values of a type, by the values. */
async function refusals(schema: unknown, values: readonly string[], about = 'order.paid') {
  const types = await generated({ name: about, schema });
  const lines = values.map((value, index) => `export const v${index}: Events['${about}'] = ${value};`);
  const files = { 'types.ts': types, 'values.ts': `import type { Events } from './types.ts';\n${lines.join('\n')}\n` };
  const complaints = await compile(files);
  expect(
    complaints.filter(({ file }) => file !== 'values.ts'),
    types,
  ).toEqual([]);
  return Object.fromEntries(
    values.map((value, index) => [
      value,
      complaints.filter(({ line }) => line === index + 2).map(({ message }) => message),
    ]),
  );
}

const fine: unknown[] = [];
const refused = [expect.stringContaining('TS')];

describe('types are generated', () => {
  it('with members of an open type beside named ones', async () => {
    const schema = {
      type: 'object',
      properties: { id: { type: 'string' } },
      additionalProperties: { type: 'number' },
    };
    expect(
      await refusals(schema, [
        ...['{ id: "a", n: 1, idx: 2, i: 3 }', '{}', '{ id: 1 }', '{ n: true }'],
        // Neither may be text, though a named member is.
        ...['{ id: "a", n: "text" }', '{ id: "a", idx: "text" }'],
      ]),
    ).toEqual({
      '{ id: "a", n: 1, idx: 2, i: 3 }': fine,
      '{}': fine,
      '{ id: 1 }': refused,
      '{ n: true }': refused,
      '{ id: "a", n: "text" }': refused,
      '{ id: "a", idx: "text" }': refused,
    });
  });

  it('with members of an open type beside many long names, in a moment', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `${'abcdefghij'[index % 10]}${'long'.repeat(8)}${index}`);
    const properties = Object.fromEntries(names.map((name) => [name, { type: 'string' }]));
    const schema = { type: 'object', properties, additionalProperties: { type: 'number' } };
    const begun = performance.now();
    const values = [`{ ${names[0]}: "a", ${names[0]}x: 1, other: 1 }`, '{ other: "text" }'];
    expect(Object.values(await refusals(schema, values))).toEqual([fine, refused]);
    expect(performance.now() - begun).toBeLessThan(20_000);
  });

  it('with patterns of names beside another schema of the same object, whose names no pattern changes', async () => {
    const schema = {
      type: 'object',
      allOf: [{ properties: { x: { type: 'string' } } }, { patternProperties: { '^a': { type: 'number' } } }],
      unevaluatedProperties: false,
    };
    expect(await refusals(schema, ['{ x: "text", a1: 1 }'])).toEqual({ '{ x: "text", a1: 1 }': fine });
  });

  const tree = { type: 'object', properties: { child: { $ref: '#/$defs/n', description: 'x */ y' } } };
  const hard = {
    type: 'object',
    properties: {
      card: { type: 'string' },
      invoice: { type: 'string' },
      lines: { type: 'array', items: { $ref: '#/$defs/n', description: 'x */ y' }, minItems: 1, maxItems: 1000 },
    },
    anyOf: [{ required: ['card'] }, { required: ['invoice'] }],
    additionalProperties: false,
    $defs: { n: tree },
  };

  it('from a union of “required” alone, long lists and described references: nothing is lost, and it is short', async () => {
    const begun = cpuNow();
    const text = await generated({ name: 'order.paid', schema: hard });
    expect(cpuNow() - begun).toBeLessThan(2_000);
    expect(text.length).toBeLessThan(50_000);
    expect(
      await refusals(hard, [
        '{ card: "a" }',
        '{ invoice: "b", lines: [{ child: { child: {} } }] }',
        '{ card: "a", invoice: "b" }',
        '{ lines: [] }',
        '{ card: 1 }',
        '{ card: "a", lines: [{ child: 1 }] }',
        '{ card: "a", other: 1 }',
      ]),
    ).toEqual({
      '{ card: "a" }': fine,
      '{ invoice: "b", lines: [{ child: { child: {} } }] }': fine,
      '{ card: "a", invoice: "b" }': fine,
      '{ lines: [] }': refused,
      '{ card: 1 }': refused,
      '{ card: "a", lines: [{ child: 1 }] }': refused,
      '{ card: "a", other: 1 }': refused,
    });
  });

  it('without growing with the square of what refers to one another', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `n${index}`);
    const schema = {
      $ref: '#/$defs/n0',
      $defs: Object.fromEntries(
        names.map((name) => [
          name,
          {
            type: 'object',
            properties: Object.fromEntries(names.map((other) => [other, { $ref: `#/$defs/${other}` }])),
            additionalProperties: { $ref: '#/$defs/n0' },
            allOf: [{ properties: { id: { type: 'string' } } }],
          },
        ]),
      ),
    };
    const begun = cpuNow();
    const text = await generated({ name: 'a.b', schema });
    expect(cpuNow() - begun).toBeLessThan(2_000);
    expect(text.length).toBeLessThan(5 * JSON.stringify(schema).length);
  });

  it('with comments that nothing can end, and names that nothing can break', async () => {
    const evil = "*/ export const evil = 1; /*\n'`\\\u2028";
    const text = await generateTypes(
      [
        {
          name: 'a.b',
          description: evil,
          schema: {
            type: 'object',
            description: evil,
            properties: { [evil]: { type: 'string', description: evil, format: evil }, kind: { const: evil } },
          },
        },
      ],
      { source: `folder\nexport const evil = 2;` },
    );
    const complaints = await compile({ 'types.ts': text });
    expect(complaints).toEqual([]);
    expect(text).not.toMatch(/^ *export const evil/m);
  });

  it('with what the schema says in words beside each member', async () => {
    const text = await generated({
      name: 'order.paid',
      description: 'An order was paid.',
      schema: {
        type: 'object',
        properties: { at: { type: 'string', format: 'date-time', description: 'When.', deprecated: true } },
      },
    });
    expect(text).toContain("/** An order was paid. */\n  'order.paid': OrderPaid;");
    expect(text).toContain('   * When.\n   * @format date-time\n   * @deprecated\n');
  });

  it('the same from the same catalogue in any order, with its source and its digest at the head', async () => {
    const one = { name: 'a.b', schema: { type: 'object', required: ['x'] } };
    const other = { name: 'a.c', schema: { type: 'string' } };
    const text = await generated(one, other);
    expect(await generated(other, { ...one, schema: { required: ['x'], type: 'object' } })).toBe(text);
    expect(text.split('\n').slice(0, 2)).toEqual([
      '// Generated by Everhook from a test. Do not change it: generate it again.',
      expect.stringMatching(/^\/\/ Catalogue: sha256 [0-9a-f]{64}$/),
    ]);
    expect(await generated(one)).not.toContain(text.split('\n')[1]);
  });

  it('with Everhook’s own events apart, because nobody else publishes them', async () => {
    const text = await generated({ name: 'everhook.webhook.degraded', schema: true }, { name: 'a.b', schema: true });
    expect(text).toMatch(/interface Events \{\n {2}'a\.b': AB;\n\}/);
    expect(text).toMatch(/interface PlatformEvents \{\n {2}'everhook\.webhook\.degraded': /);
  });

  it('with open objects closed where that is asked for: a misspelt member is then an error', async () => {
    const schema = { type: 'object', properties: { id: { type: 'string' } } };
    const types = await generateTypes([{ name: 'a.b', schema }], { source: 'a test', unnamedMembers: 'refused' });
    const files = {
      'types.ts': types,
      'use.ts': "import type { Events } from './types.ts';\nexport const v: Events['a.b'] = { id: 'x', ie: 1 };\n",
    };
    const [complaint, ...others] = await compile(files);
    expect(others).toEqual([]);
    expect(complaint?.message).toContain("'ie' does not exist");
    expect(placeOf(complaint as never, files)).toMatch(/^ie: 1/);
  });

  it.each([
    ['a reference that leads nowhere', { properties: { a: { $ref: '#/$defs/x' } } }, 'a.b#/properties/a/$ref'],
    ['a reference to another document', { $ref: 'other.json' }, 'a.b#/$ref'],
    ['references without end', { anyOf: [{ $ref: '#' }, { type: 'string' }] }, 'a.b#'],
    ['what is no schema', { properties: { a: 7 } }, 'a.b#/properties/a'],
    ['what is no schema at all', 'text', 'a.b'],
  ])('not from %s: its place is named', async (_, schema, place) => {
    const error = await generated({ name: 'a.b', schema }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CatalogueError);
    expect(error).toMatchObject({ place });
  });

  it('with names of their own where schemas and types have similar ones', async () => {
    const $defs = { Address: { type: 'string' }, address: { type: 'number' }, 'a/b': { type: 'null' }, '': true };
    const properties = Object.fromEntries(
      ['#/$defs/Address', '#/$defs/address', '#/$defs/a~1b', '#/$defs/'].map(($ref, index) => [`m${index}`, { $ref }]),
    );
    const types = ['order.paid', 'order_paid', 'events', '2fa.on'].map((name) => ({
      name,
      schema: { properties, $defs },
    }));
    expect(await compile({ 'types.ts': await generated(...types) })).toEqual([]);
  });
});
