import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { packageRoot } from '../../core/ground/packageRoot.ts';

const run = promisify(execFile);

/** Packs packages of this clone as a release does. @param to - the folder for the archives */
export async function pack(to: string, ...names: readonly string[]): Promise<void> {
  const workspaces = names.flatMap((name) => ['-w', name]);
  await run('npm', ['pack', ...workspaces, '--pack-destination', to], { cwd: packageRoot });
}
