import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSchema, Kind, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../core/ground/packageRoot.ts';

/** Root fields without an operation of the SDK, and why. */
const without: Readonly<Record<string, string>> = {};
/** Operations that no method of the SDK sends, and why. */
const unused: Readonly<Record<string, string>> = {};

const sdk = join(packageRoot, 'client-sdk');
const schema = buildSchema(await readFile(join(packageRoot, 'schema/schema.graphql'), 'utf8'));
const files = await readdir(join(sdk, 'operations'));
const texts = await Promise.all(files.map((name) => readFile(join(sdk, 'operations', name), 'utf8')));
const operations = texts
  .flatMap((text) => parse(text).definitions)
  .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
const sources = (await readdir(join(sdk, 'src'), { recursive: true })).filter(
  (name) => name.endsWith('.ts') && !name.startsWith('generated'),
);
const source = (await Promise.all(sources.map((name) => readFile(join(sdk, 'src', name), 'utf8')))).join('\n');

describe('the SDK', () => {
  it('has an operation for every query, mutation and subscription of the schema, or a reason', () => {
    const asked = new Set(
      operations.flatMap(({ selectionSet }) =>
        selectionSet.selections.map((selection) => (selection.kind === Kind.FIELD ? selection.name.value : '')),
      ),
    );
    const fields = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) =>
      Object.keys(type?.getFields() ?? {}),
    );
    expect(fields.length).toBeGreaterThan(50);
    expect(fields.filter((name) => !asked.has(name) && !Object.hasOwn(without, name))).toEqual([]);
    expect(Object.keys(without).filter((name) => asked.has(name))).toEqual([]);
  });

  it('sends each of its operations from a method, or has a reason', () => {
    const names = operations.map(({ name }) => name?.value ?? '');
    const sent = (name: string) => new RegExp(`\\b${name}Document\\b`).test(source);
    expect(names.filter((name) => !sent(name) && !Object.hasOwn(unused, name))).toEqual([]);
    expect(Object.keys(unused).filter((name) => sent(name) || !names.includes(name))).toEqual([]);
  });
});
