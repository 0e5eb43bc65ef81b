import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { tryLock } from './folderLock.ts';
import type { Progress } from './progress.ts';

/** @returns undefined for a user without an entry, as containers have them */
function registeredHome(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    return undefined;
  }
}

/**
 * Programs are run from here, so it is nobody else's.
 *
 * @throws if another user has made it, as where all may write
 */
function ownTemporaryFolder(): string {
  const folder = join(resolve(tmpdir()), `everhook-${process.getuid?.() ?? 'cache'}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(folder);
  if (process.getuid !== undefined && (uid !== process.getuid() || (mode & 0o022) !== 0)) {
    throw new Error(`${folder} is not this user's own. Set XDG_CACHE_HOME to a folder for downloads.`);
  }
  return folder;
}

/**
 * Slow downloads and builds are kept outside the clone, for every clone of this user. What is not absolute is passed over: the
 * programs in it are started elsewhere.
 */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME = '' } = process.env;
  if (isAbsolute(XDG_CACHE_HOME)) return join(XDG_CACHE_HOME, 'everhook');
  const home = [homedir(), registeredHome()].find((each) => each !== undefined && isAbsolute(each));
  return join(home === undefined ? ownTemporaryFolder() : join(home, '.cache'), 'everhook');
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
