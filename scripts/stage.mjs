// The files of an installation, compiled: what the npm package `@everhook/server` and the image consist of.
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { root } from './step.mjs';

/** The folder of the package: in a clone, it has only its package.json until it is packed. */
export const serverPackage = 'server-package';

/** Compiled folders that run in production; the others are the demo, the bench and their receivers. */
const compiled = ['client-sdk', 'core', 'local', 'prisma', 'schema', 'server', 'start', 'workflows'];
const texts = ['LICENSE', 'README.md', 'CHANGELOG.md', '.env.example'];
const files = [
  ...compiled.map((folder) => `dist/${folder}`),
  'dashboard/dist',
  'prisma/schema.prisma',
  'prisma/migrations',
  ...texts,
];

/** What changes these files besides the sources: for the step that stages them. */
export const stagedTexts = [...texts, 'scripts/stage.mjs'];

const manifestIn = async (folder) => JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));

async function copyFiles(folder) {
  // Source maps name sources that are not there.
  const filter = (path) => !path.endsWith('.map');
  for (const file of files) await cp(join(root, file), join(folder, file), { recursive: true, filter });
}

/** Stages a built clone into its own package, for `npm pack -w @everhook/server`. */
export async function stagePackage() {
  const folder = join(root, serverPackage);
  for (const file of ['dist', 'dashboard', 'prisma', ...texts]) {
    await rm(join(folder, file), { recursive: true, force: true });
  }
  await copyFiles(folder);
}

/** Stages a built clone elsewhere, with only what npm and the product read of package.json. @param {string} folder is emptied first */
export async function stage(folder) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await copyFiles(folder);
  const { scripts, files: _, ...manifest } = await manifestIn(serverPackage);
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** What runs in a clone runs in the package: on the same dependencies, by the same program. */
export async function packageProblems() {
  const [own, packed] = await Promise.all([manifestIn('.'), manifestIn(serverPackage)]);
  return ['version', 'description', 'license', 'type', 'bin', 'engines', 'dependencies']
    .filter((field) => !isDeepStrictEqual(own[field], packed[field]))
    .map((field) => `${serverPackage}/package.json: ${field} must be as in package.json`);
}
