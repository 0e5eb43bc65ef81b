import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identify, isRunning, type ProcessIdentity } from './processIdentity.ts';

/**
 * Takes a lock that does not outlive a killed process.
 *
 * @param folder - exists while the lock is held; its parent must exist
 * @returns how to release it, or who holds it (null if that process is only just taking it)
 */
export async function tryLock(
  folder: string,
): Promise<{ readonly release: () => Promise<void> } | { readonly holder: ProcessIdentity | null }> {
  const owner = join(folder, 'owner.json');
  for (;;) {
    try {
      await mkdir(folder);
      await writeFile(owner, JSON.stringify(await identify(process.pid)));
      return { release: () => rm(folder, { recursive: true, force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = await readFile(owner, 'utf8')
      .then((text) => JSON.parse(text) as ProcessIdentity)
      .catch(() => null);
    if (holder === null || (await isRunning(holder))) return { holder };
    // Renamed first: if several find the lock abandoned, only one removes it.
    const abandoned = `${folder}.${process.pid}`;
    await rename(folder, abandoned).then(
      () => rm(abandoned, { recursive: true, force: true }),
      () => {},
    );
  }
}
