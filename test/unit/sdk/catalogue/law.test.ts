import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateTypes } from '../../../../client-sdk/src/catalogue/index.ts';
import { ApiError } from '../../../../core/ground/errors.ts';
import { compile } from '../../../support/typeScript.ts';
import { compiled } from '../../jsonSchema/checking.ts';
import { anySchema, type Schema, spoiled, valuesFor, wholeSchema } from './schemas.ts';

interface Case {
  readonly schema: Schema;
  readonly values: readonly unknown[];
}

const cases = (schemas: fc.Arbitrary<Record<string, unknown>>, count: number) =>
  fc.array(
    schemas.chain((schema) =>
      fc.record({
        schema: fc.constant(schema as Schema),
        values: fc.array(fc.oneof(valuesFor(schema), spoiled(valuesFor(schema))), { minLength: 4, maxLength: 6 }),
      }),
    ),
    { minLength: count, maxLength: count },
  );

/** Whether the validator accepts a value; null where it needs longer than a schema of these tests should. */
function accepts(schema: Schema, value: unknown): boolean {
  const { error, questions } = compiled(schema as object).check(value, 'data', JSON.stringify(value).length);
  expect(questions).toEqual([]);
  return error === null;
}

/** What validator and compiler say of every value: one run of the compiler for all. */
async function compared(all: readonly Case[]) {
  const usable = all.filter(({ schema }) => isCompilable(schema));
  const types = await generateTypes(
    usable.map(({ schema }, index) => ({ name: `t${index}.made`, schema })),
    { source: 'a test' },
  );
  const pairs = usable.flatMap(({ schema, values }, index) => values.map((value) => ({ schema, value, index })));
  const lines = pairs.map(
    ({ value, index }, at) => `export const v${at}: Events['t${index}.made'] = ${JSON.stringify(value)};`,
  );
  const files = { 'types.ts': types, 'values.ts': `import type { Events } from './types.ts';\n${lines.join('\n')}\n` };
  const complaints = await compile(files);
  expect(
    complaints.filter(({ file }) => file !== 'values.ts'),
    types,
  ).toEqual([]);
  const refused = new Map(complaints.map(({ line, message }) => [line - 2, message]));
  return pairs.map(({ schema, value, index }, at) => ({
    schema,
    value,
    type: `T${index}`,
    accepted: accepts(schema, value),
    refusedByCompiler: refused.get(at) ?? null,
  }));
}

/** The first ones, short enough to be read. */
const shown = (failures: readonly unknown[]) => failures.slice(0, 3).map((failure) => JSON.stringify(failure));

/** A schema whose references never end is no schema: nobody can store it. */
function isCompilable(schema: Schema): boolean {
  try {
    compiled(schema as object);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(ApiError);
    return false;
  }
}

const runs = { numRuns: 3, endOnFailure: true };

describe('generated types', () => {
  it('accept every value that the validator accepts, whatever the schema', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(cases(anySchema, 150), async (all) => {
        const pairs = await compared(all);
        accepted += pairs.filter((pair) => pair.accepted).length;
        expect(shown(pairs.filter((pair) => pair.accepted && pair.refusedByCompiler !== null))).toEqual([]);
      }),
      runs,
    );
    expect(accepted).toBeGreaterThan(500);
  });

  it('refuse what the validator refuses, where the schema says nothing that types cannot', async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(cases(wholeSchema, 150), async (all) => {
        // Of names beyond ASCII, types cannot say that they are none of the named ones.
        const pairs = (await compared(all)).filter(({ value }) => !JSON.stringify(value).includes('π'));
        refused += pairs.filter((pair) => !pair.accepted).length;
        expect(shown(pairs.filter((pair) => pair.accepted !== (pair.refusedByCompiler === null)))).toEqual([]);
      }),
      runs,
    );
    expect(refused).toBeGreaterThan(300);
  });
});
