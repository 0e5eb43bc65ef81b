import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { identify, isRunning, type ProcessIdentity } from './processIdentity.ts';
import type { Progress } from './progress.ts';

/** What is slow to get is kept outside the clone, for every clone of this user. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'everhook');
}

/** Takes a lock that a killed process cannot keep. Waits for the one that has it. */
async function lock(folder: string, progress: Progress): Promise<() => Promise<void>> {
  const owner = join(folder, 'owner.json');
  for (let told = false; ; ) {
    try {
      await mkdir(folder);
      await writeFile(owner, JSON.stringify(await identify(process.pid)));
      return () => rm(folder, { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const recorded = await readFile(owner, 'utf8')
      .then((text) => JSON.parse(text) as ProcessIdentity)
      .catch(() => null);
    if (recorded !== null && !(await isRunning(recorded))) {
      // Renamed first: of several that find the lock abandoned, one takes it away.
      const abandoned = `${folder}.${process.pid}`;
      await rename(folder, abandoned).then(
        () => rm(abandoned, { recursive: true, force: true }),
        () => {},
      );
      continue;
    }
    if (!told) progress(`Waiting for process ${recorded?.pid ?? ''}, which is getting the same thing`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/**
 * A folder of the cache, filled when it is first asked for. It appears whole or not at all, and only one process fills it.
 *
 * @param name - of the folder, with the version of what it holds
 * @param fill - given an empty folder beside it
 */
export async function cached(
  name: string,
  progress: Progress,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(cacheFolder(), name);
  if (existsSync(folder)) return folder;
  await mkdir(cacheFolder(), { recursive: true });
  const unlock = await lock(`${folder}.lock`, progress);
  try {
    if (existsSync(folder)) return folder;
    const fresh = `${folder}.new`;
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh);
    try {
      await fill(fresh);
      await rename(fresh, folder);
    } catch (error) {
      await rm(fresh, { recursive: true, force: true });
      throw error;
    }
    return folder;
  } finally {
    await unlock();
  }
}
