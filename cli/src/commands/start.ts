import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { usageError } from '../exit/codes.ts';

const server = '@everhook/server';

/** The server's program: of the project in this folder, or installed beside this one. Null: neither. */
async function serverProgram(): Promise<string | null> {
  for (const from of [join(process.cwd(), 'package.json'), import.meta.url]) {
    const paths = createRequire(from).resolve.paths(server) ?? [];
    for (const path of paths) {
      const manifest = join(path, server, 'package.json');
      const text = await readFile(manifest, 'utf8').catch(() => null);
      if (text === null) continue;
      const { bin } = JSON.parse(text) as { bin?: Record<string, string> };
      const entry = bin?.['everhook-server'] && join(dirname(manifest), bin['everhook-server']);
      // In a clone, the package has no program until it is packed.
      if (entry && existsSync(entry)) return entry;
    }
  }
  return null;
}

/** `everhook start`: the service itself, where it is installed. */
export function start(program: Command): void {
  program
    .command('start')
    .description(`runs the service itself, where ${server} is installed`)
    .allowUnknownOption()
    .argument('[args...]', 'for everhook-server start')
    .addHelpText('after', '\nExample:\n  npm install @everhook/server && everhook start')
    .action(async (args: readonly string[]) => {
      const entry = await serverProgram();
      if (entry === null) {
        throw usageError(
          `${server} is not installed here. Run \`npm install ${server}\` in this folder, then \`everhook start\` again; or \`npx ${server} start\`.`,
        );
      }
      const child = spawn(process.execPath, [entry, 'start', ...args], { stdio: 'inherit' });
      const pass = (signal: NodeJS.Signals) => void child.kill(signal);
      // A terminal's Ctrl-C reaches both; the server ends in its own order, and this waits for it.
      process.on('SIGINT', () => {});
      for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => pass(signal));
      process.exitCode = await new Promise<number>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code) => resolve(code ?? 1));
      });
    });
}
