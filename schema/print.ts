import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { packageRoot } from '../core/ground/packageRoot.ts';
import { schema } from './schema.ts';

const file = join(packageRoot, 'schema', 'schema.graphql');

/** The schema as clients see it. */
const printed = `${printSchema(lexicographicSortSchema(schema))}\n`;

// Prints the schema into the file that clients are generated from; with --check, reports whether that file is up to date.
if (process.argv.includes('--check')) {
  const committed = await readFile(file, 'utf8').catch(() => '');
  if (committed !== printed) {
    console.error('schema/schema.graphql is not what the code says: print it again and commit it.');
    process.exitCode = 1;
  }
} else await writeFile(file, printed);
