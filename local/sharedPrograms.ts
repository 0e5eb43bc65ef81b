import { execFile } from 'node:child_process';
import { chmod, cp, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached } from './cache.ts';
import type { User } from './unprivileged.ts';

/** A folder of programs that belongs to root, for another user to run. */
export interface Programs {
  readonly folder: string;
  /** The name of its copies, with the version of their content. */
  readonly name: string;
  /** A program in it, relative to the folder, that knows `--version`. */
  readonly program: string;
}

/** Folders that every user may enter, on any system that has them. */
const systemFolders = ['/var/cache', '/var/lib'];

/**
 * Found by trying, because folders, file modes, mounts and libraries all matter.
 *
 * @returns why that user cannot run the program; null if it can
 */
async function whyNot(user: User, program: string): Promise<string | null> {
  return promisify(execFile)(program, ['--version'], { ...user, cwd: '/', env: {}, timeout: 20_000 }).then(
    () => null,
    (error: Error & { stderr?: string }) => error.stderr?.trim() || error.message,
  );
}

/** A file that others can write must not be run: it might be theirs. */
async function ourOwn(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const info = await lstat(folder);
  if (!info.isDirectory() || info.uid !== process.getuid?.() || (info.mode & 0o022) !== 0) {
    throw new Error('it exists already, and others can write to it');
  }
  // A strict umask would keep other users out of it.
  await chmod(folder, 0o755);
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, (await lstat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
}

/**
 * A clone may lie where only its owner has access, like everything in root's home folder. Programs for another user are
 * copied to a place where that user has access.
 *
 * @param places - tried in this order. Default: the system's cache, then others
 * @returns the folder to run them from: their own if that user can, otherwise a copy of it
 */
export async function programsFor(
  user: User,
  { folder, name, program }: Programs,
  places: readonly string[] = [...systemFolders, tmpdir()],
): Promise<string> {
  const here = await whyNot(user, join(folder, program));
  if (here === null) return folder;
  const reasons = [`${folder}: ${here}`];
  for (const place of places) {
    const base = join(place, 'everhook');
    const copy = () =>
      cached(
        name,
        () => {},
        async (fresh) => {
          await cp(folder, fresh, { recursive: true, verbatimSymlinks: true });
          await openToAll(fresh);
        },
        base,
      );
    try {
      await ourOwn(base);
      let reason = await whyNot(user, join(await copy(), program));
      if (reason !== null) {
        // A cleaner of temporary files may have removed a part of it.
        await rm(join(base, name), { recursive: true, force: true });
        reason = await whyNot(user, join(await copy(), program));
      }
      if (reason === null) return join(base, name);
      reasons.push(`${base}: ${reason}`);
    } catch (error) {
      reasons.push(`${base}: ${(error as Error).message}`);
    }
  }
  throw new Error(
    `PostgreSQL does not run as root, and user ${user.uid} can run its programs from none of these:\n` +
      `${reasons.map((reason) => `  ${reason}`).join('\n')}\n` +
      'Start Everhook as another user than root, or set DATABASE_URL to a PostgreSQL of your own.',
  );
}
