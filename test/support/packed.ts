import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { packageRoot } from '../../core/ground/packageRoot.ts';

const run = promisify(execFile);

async function pack(to: string, ...names: readonly string[]): Promise<void> {
  const workspaces = names.flatMap((name) => ['-w', name]);
  await run('npm', ['pack', ...workspaces, '--ignore-scripts', '--pack-destination', to], { cwd: packageRoot });
}

/** Packs the SDK as a release does. @param to - the folder for the archive */
export const packSdk = (to: string): Promise<void> => pack(to, '@everhook/sdk');

/** Packs the CLI and the SDK as a release does. @param to - the folder for the archives */
export const packCliAndSdk = (to: string): Promise<void> => pack(to, 'everhook', '@everhook/sdk');

/** Packs the server as a release does. @param to - the folder for the archive */
export async function packServer(to: string): Promise<void> {
  const staged = await mkdtemp(join(tmpdir(), 'everhook staged '));
  try {
    const { stage } = await import(/* @vite-ignore */ pathToFileURL(join(packageRoot, 'scripts/stage.mjs')).href);
    await stage(staged);
    await run('npm', ['pack', staged, '--ignore-scripts', '--pack-destination', to], { cwd: to });
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}
