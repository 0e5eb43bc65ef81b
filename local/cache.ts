import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { tryLock } from './folderLock.ts';
import type { Progress } from './progress.ts';

/** Slow downloads and builds are kept outside the clone, for every clone of this user. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'everhook');
}

/** Waits for the process that holds the lock. */
async function lock(folder: string, progress: Progress): Promise<() => Promise<void>> {
  for (let told = false; ; told = true) {
    const attempt = await tryLock(folder);
    if ('release' in attempt) return attempt.release;
    if (!told) {
      const who = attempt.holder === null ? 'another process' : `process ${attempt.holder.pid}`;
      progress(`Waiting for ${who}, which is getting the same thing`);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/**
 * A folder of the cache, filled when it is first needed. It appears whole or not at all, and only one process fills it.
 *
 * @param name - of the folder, with the version of its content
 * @param fill - gets an empty folder beside it
 * @param base - the parent folder. Default {@link cacheFolder}
 */
export async function cached(
  name: string,
  progress: Progress,
  fill: (folder: string) => Promise<void>,
  base: string = cacheFolder(),
): Promise<string> {
  const folder = join(base, name);
  if (existsSync(folder)) return folder;
  await mkdir(base, { recursive: true });
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
