import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

// biome-ignore lint/suspicious/noExplicitAny: packages are used as their documents say, without their types.
export type Installed = any;

/** Installs packages into a project of its own, as their users do; they are no packages of ours. @returns what imports one of them */
export async function npmInstall(
  folder: string,
  packages: readonly string[],
): Promise<(name: string) => Promise<Installed>> {
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  await promisify(execFile)('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages], {
    cwd: folder,
    maxBuffer: 16 * 1024 * 1024,
  });
  const require = createRequire(join(folder, 'index.js'));
  return (name) => import(/* @vite-ignore */ pathToFileURL(require.resolve(name)).href);
}
