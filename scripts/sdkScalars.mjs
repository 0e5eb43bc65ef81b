// The names of the API's members that are times, durations or JSON, from the printed schema: the SDK knows by them what to convert.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSchema, getNamedType, isInputObjectType, isInterfaceType, isObjectType, isScalarType } from 'graphql';
import { root } from './step.mjs';

const numbers = new Set(['Int', 'Float']);

export async function generateSdkScalars() {
  const schema = buildSchema(await readFile(join(root, 'schema/schema.graphql'), 'utf8'));
  const kinds = new Map();
  const note = ({ name, type }) => {
    const named = getNamedType(type);
    const kind = isScalarType(named) || !('getFields' in named) ? named.name : 'fields';
    kinds.set(name, (kinds.get(name) ?? new Set()).add(kind));
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      note(field);
      for (const argument of field.args ?? []) note(argument);
    }
  }
  const named = (kind) => [...kinds].filter(([, its]) => its.has(kind)).map(([name]) => name);
  for (const name of named('Duration')) {
    if ([...kinds.get(name)].some((kind) => numbers.has(kind))) refuse(name, 'a duration and a number');
  }
  for (const name of named('JSON')) {
    if (kinds.get(name).has('fields')) refuse(name, 'JSON and an object with members');
  }
  const set = (kind) =>
    `/* @__PURE__ */ new Set([${named(kind)
      .sort()
      .map((name) => `'${name}'`)
      .join(', ')}])`;
  const lines = [
    '/** Names of members that are times. */',
    `export const timeNames: ReadonlySet<string> = ${set('DateTime')};`,
    '/** Names of members that are durations. */',
    `export const durationNames: ReadonlySet<string> = ${set('Duration')};`,
    '/** Names of members that hold JSON of the caller’s own. */',
    `export const jsonNames: ReadonlySet<string> = ${set('JSON')};`,
  ];
  await writeFile(join(root, 'client-sdk/src/generated/scalars.ts'), `${lines.join('\n')}\n`);
}

function refuse(name, kinds) {
  throw new Error(
    `schema.graphql calls both ${kinds} "${name}", and the SDK tells what to convert by the name: give one of them another name.`,
  );
}
