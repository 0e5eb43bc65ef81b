// The files of an installation, compiled: what the npm package and the image consist of.
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './step.mjs';

/** Compiled folders that run in production; the others are the demo, the bench and their receivers. */
const compiled = ['client-sdk', 'core', 'local', 'prisma', 'schema', 'server', 'start', 'workflows'];
const files = [
  ...compiled.map((folder) => `dist/${folder}`),
  'dashboard/dist',
  'prisma/schema.prisma',
  'prisma/migrations',
  'LICENSE',
  'README.md',
  'CHANGELOG.md',
  '.env.example',
];

/** Only what npm and the product read: nothing here is built, tested or published from. */
function manifestOf({ version, description, license, type, bin, engines, dependencies }) {
  return { name: '@everhook/server', version, description, license, type, bin, engines, dependencies };
}

/** Stages a built clone. @param {string} folder is emptied first */
export async function stage(folder) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  // Source maps name sources that are not there.
  const filter = (path) => !path.endsWith('.map');
  for (const file of files) await cp(join(root, file), join(folder, file), { recursive: true, filter });
  const manifest = manifestOf(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
