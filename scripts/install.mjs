// Installs dependencies if they are missing or differ from the lock file.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { npmInstall } from './npm.mjs';
import { root, say } from './step.mjs';

/** Whether npm's record of installed packages has every package of the lock file in its version. */
async function installed() {
  const read = async (file) => JSON.parse(await readFile(join(root, file), 'utf8')).packages;
  try {
    const [wanted, present] = await Promise.all([read('package-lock.json'), read('node_modules/.package-lock.json')]);
    return Object.entries(wanted).every(
      ([path, entry]) =>
        !path.startsWith('node_modules/') ||
        entry.link ||
        entry.optional ||
        entry.devOptional ||
        entry.peer ||
        present[path]?.version === entry.version,
    );
  } catch {
    return false;
  }
}

export async function install() {
  if (await installed()) return;
  const began = Date.now();
  say('Installing dependencies: about a minute, once');
  // Not `npm ci`: it refuses a lock file that lacks the binaries of some platforms, which not all registries have; this
  // installs the same versions. No package here needs its install script: what some would download is not used.
  await npmInstall(['--no-save', '--ignore-scripts']);
  say(`Dependencies are installed, after ${Math.round((Date.now() - began) / 1000)} s`);
}
