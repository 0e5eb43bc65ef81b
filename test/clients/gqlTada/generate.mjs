// Writes the types of the schema, as `gql.tada generate-output` does, which does not run on TypeScript 7 yet.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { minifyIntrospection, outputIntrospectionFile } from '@gql.tada/internal';
import { buildSchema, introspectionFromSchema } from 'graphql';

const at = (path) => new URL(path, import.meta.url);
const schema = buildSchema(await readFile(at('../../../schema/schema.graphql'), 'utf8'));
const introspection = minifyIntrospection(introspectionFromSchema(schema));
await mkdir(at('./generated/'), { recursive: true });
await writeFile(
  at('./generated/introspection.d.ts'),
  outputIntrospectionFile(introspection, { fileType: '.d.ts', shouldPreprocess: true }),
);
