import { afterAll, describe, expect, it } from 'vitest';
import { ApiError } from '../../../core/ground/errors.ts';
import { SchemaChecks } from '../../../core/jsonSchema/schemaChecks.ts';
import { deviations } from './deviations.ts';
import { bundled, type SuiteGroup, suite } from './suite.ts';

const checks = new SchemaChecks();
afterAll(() => checks.close());

/** @returns whether each value is accepted; no answers if the schema itself is refused */
async function answers({ schema, tests }: SuiteGroup): Promise<(boolean | ApiError)[]> {
  const whole = bundled(schema);
  let compiled: Awaited<ReturnType<typeof checks.compile>>;
  try {
    compiled = await checks.compile('suite', whole, JSON.stringify(whole), 'schema');
  } catch (error) {
    if (error instanceof ApiError) return tests.map(() => error);
    throw error;
  }
  const found: boolean[] = [];
  for (const { data } of tests) {
    const error = await checks.check('suite', compiled, data, 'data', JSON.stringify(data).length);
    expect(error === null || error.code === 'VALIDATION_FAILED', error?.message).toBe(true);
    found.push(error === null);
  }
  return found;
}

const isListed = (file: string, group: string, test: { description: string; valid: boolean }) =>
  deviations.some(({ tests }) =>
    tests.some(
      (each) =>
        each.file === file &&
        (each.group ?? group) === group &&
        (each.test ?? test.description) === test.description &&
        (each.only === undefined || !test.valid),
    ),
  );

describe('the official JSON Schema test suite, draft 2020-12', () => {
  it.each(Object.entries(suite))('gives the expected answers but for deviations: %s', async (file, groups) => {
    const otherwise: string[] = [];
    const listed: string[] = [];
    for (const group of groups) {
      const found = await answers(group);
      for (const [index, test] of group.tests.entries()) {
        const name = `${group.description}: ${test.description}`;
        const expectsListed = isListed(file, group.description, test);
        if (expectsListed) listed.push(name);
        if (found[index] !== test.valid) otherwise.push(name);
      }
    }
    expect(otherwise).toEqual(listed);
  });

  it('has every test that a deviation names', () => {
    for (const { file, group, test } of deviations.flatMap(({ tests }) => tests)) {
      const groups = suite[file]?.filter(({ description }) => (group ?? description) === description) ?? [];
      const tests = groups.flatMap((each) =>
        each.tests.filter(({ description }) => (test ?? description) === description),
      );
      expect(tests, `${file} ${group} ${test}`).not.toEqual([]);
    }
  });
});
