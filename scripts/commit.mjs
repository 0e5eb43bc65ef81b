// Which commit this clone is, and whether it has passed on every Node.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { root, run } from './step.mjs';

const stamp = join(root, 'node_modules/.everhook/passed-on-every-node');

/** @returns {Promise<{ commit: string, changed: string[] }>} the paths of what no commit has */
export async function standing() {
  const [commit, status] = [await run('git', ['rev-parse', 'HEAD']), await run('git', ['status', '--porcelain'])];
  const changed = status.split('\n').filter(Boolean);
  return { commit: commit.trim(), changed: changed.map((line) => line.slice(3)) };
}

/** Notes that the tests of this commit have passed on every Node that `engines` names. */
export async function notePassed(commit) {
  await mkdir(dirname(stamp), { recursive: true });
  await writeFile(stamp, commit);
}

export const hasPassed = async (commit) => (await readFile(stamp, 'utf8').catch(() => '')) === commit;
