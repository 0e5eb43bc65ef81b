// All checks of the code that need no running product: one line for each check, with all problems at the end.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { importProblems } from './imports.mjs';
import { licenceProblems } from './licences.mjs';
import { packageProblems } from './stage.mjs';
import { CommandFailed, root, run, say } from './step.mjs';

const compiled = (path) => import(pathToFileURL(join(root, 'dist', path)).href);

async function migrationDrift() {
  const [{ startPostgres }, { drift }] = await Promise.all([
    compiled('local/postgres.js'),
    compiled('prisma/drift.js'),
  ]);
  const folder = await mkdtemp(join(tmpdir(), 'everhook check '));
  try {
    const postgres = await startPostgres({ folder: join(folder, 'postgres'), settings: { fsync: 'off' } });
    try {
      return await drift(postgres.url);
    } finally {
      await postgres.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Imported only when needed, because their packages are installed by then. */
const rules = (name) => async () => (await import('./schemaRules.mjs'))[name]();

/** The SDK's operations fit the printed schema: generating them again validates every one. */
async function operations() {
  await run('graphql-codegen', ['--config', 'codegen.ts', '--check']);
}

/** Each check returns its problems, or throws; nothing means success. */
const checks = [
  ['formatting and lint', () => run('biome', ['check', '--error-on-warnings', '.'])],
  ['types', () => run('tsc', ['--noEmit', '-p', 'tsconfig.json'])],
  ['types of the SDK', () => run('tsc', ['--noEmit', '-p', 'client-sdk/tsconfig.json'])],
  ["types of the SDK's tests", () => run('tsc', ['-p', 'client-sdk/test/tsconfig.json'])],
  ['types of the React package', () => run('tsc', ['--noEmit', '-p', 'client-react/tsconfig.json'])],
  ['types of the CLI', () => run('tsc', ['--noEmit', '-p', 'cli/tsconfig.json'])],
  ['types of the dashboard', () => run('tsc', ['-p', 'dashboard/tsconfig.json'])],
  ['schema/schema.graphql matches the code', () => run('node', ['dist/schema/print.js', '--check'])],
  ['the schema keeps the rules (graphql-eslint)', rules('schemaProblems')],
  ['no break for API clients that is not known (graphql-inspector)', rules('breakingChanges')],
  ["the SDK's operations match the schema", operations],
  ['migrations match schema.prisma', migrationDrift],
  ['the SDK as a package (publint)', () => run('publint', ['client-sdk', '--strict'])],
  ["the SDK's types for every resolver (attw)", () => run('attw', ['--pack', 'client-sdk', '--profile', 'esm-only'])],
  ['the CLI as a package (publint)', () => run('publint', ['cli', '--strict'])],
  ["the server's package is as the clone's", packageProblems],
  ['the React package (publint)', () => run('publint', ['client-react', '--strict'])],
  [
    "the React package's types for every resolver (attw)",
    () => run('attw', ['--pack', 'client-react', '--profile', 'esm-only']),
  ],
  ['imports lead one way (docs/architecture.md)', importProblems],
  ['no dead code (knip)', () => run('knip', ['--no-progress'])],
  ['licences of all dependencies', licenceProblems],
];

try {
  await build();
} catch (error) {
  say(error.message);
  process.exit(1);
}

const wrong = [];
for (const [name, check] of checks) {
  let problems;
  try {
    const result = await check();
    problems = Array.isArray(result) ? result : [];
  } catch (error) {
    problems = [error instanceof CommandFailed ? error.output : (error.stack ?? String(error))];
  }
  console.log(`${problems.length === 0 ? '✓' : '✗'} ${name}`);
  if (problems.length > 0) wrong.push({ name, problems });
}

for (const { name, problems } of wrong) console.log(`\n✗ ${name}\n${problems.join('\n')}`);
if (wrong.length > 0) console.log(`\n${wrong.length} of ${checks.length} checks failed`);
process.exitCode = wrong.length > 0 ? 1 : 0;
