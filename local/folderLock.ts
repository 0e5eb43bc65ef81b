import { chmod, mkdtemp, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { identify, isRunning, type ProcessIdentity } from './processIdentity.ts';

const ownerFile = 'owner.json';
/** A lock is taken with its owner in it. One whose owner cannot be read this long after was damaged, as by a power cut. Milliseconds. */
const unreadableForMs = 5_000;
/** What a process that was killed here left beside the lock; nobody needs as long for what takes a moment. Milliseconds. */
const leftAfterMs = 60_000;

/** What `rename` says where a folder with something in it has that name; the last one is Windows's. */
const isThere = (error: unknown) =>
  ['ENOTEMPTY', 'EEXIST', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
const isGone = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT';

/**
 * Takes a lock that does not outlive a killed process.
 *
 * @param folder - exists while the lock is held; its parent must exist
 * @returns how to release it, or who holds it (null if that cannot be read)
 */
export async function tryLock(
  folder: string,
): Promise<{ readonly release: () => Promise<void> } | { readonly holder: ProcessIdentity | null }> {
  for (;;) {
    if (await take(folder)) {
      await sweep(folder);
      return { release: () => putAway(folder, 'released') };
    }
    const held = await look(folder);
    if (held === null) continue;
    const { owner, ageMs, id } = held;
    if (owner === null ? ageMs < unreadableForMs : await isRunning(owner)) return { holder: owner };
    // Under the name of this very lock, which stays there for a while: another process that found it abandoned as well, and comes
    // later, cannot put away under that name the lock that was taken meanwhile.
    await rename(folder, `${folder}.abandoned-${id}`).catch((error: unknown) => {
      if (!isThere(error) && !isGone(error)) throw error;
    });
  }
}

/** Appears with its owner in it, or not at all. @returns false if somebody has it */
async function take(folder: string): Promise<boolean> {
  const fresh = await mkdtemp(`${folder}.taking-`);
  try {
    // Another user may see who has it.
    await chmod(fresh, 0o755);
    const file = await open(join(fresh, ownerFile), 'wx');
    try {
      await file.writeFile(JSON.stringify(await identify(process.pid)));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, folder);
    return true;
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    if (isThere(error)) return false;
    throw error;
  }
}

/** @returns null if nobody holds it any more */
async function look(folder: string) {
  try {
    const { ino, mtimeMs } = await stat(folder);
    const text = await readFile(join(folder, ownerFile), 'utf8').catch((error: unknown) => {
      if (isGone(error)) return '';
      throw error;
    });
    return { owner: ownerIn(text), ageMs: Date.now() - mtimeMs, id: `${ino}-${Math.round(mtimeMs)}` };
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

function ownerIn(text: string): ProcessIdentity | null {
  try {
    return JSON.parse(text) as ProcessIdentity | null;
  } catch {
    return null;
  }
}

/** Renamed first: emptied in its place, it would be taken by another process while its content is removed. */
async function putAway(folder: string, why: string): Promise<void> {
  const away = await mkdtemp(`${folder}.${why}-`);
  await rename(folder, away).catch((error: unknown) => {
    if (!isGone(error)) throw error;
  });
  await rm(away, { recursive: true, force: true });
}

async function sweep(folder: string): Promise<void> {
  const parent = dirname(folder);
  for (const name of await readdir(parent)) {
    if (!name.startsWith(`${basename(folder)}.`)) continue;
    const left = join(parent, name);
    const changedAt = await stat(left).then(
      ({ ctimeMs }) => ctimeMs,
      () => null,
    );
    if (changedAt !== null && Date.now() - changedAt > leftAfterMs) await rm(left, { recursive: true, force: true });
  }
}
