import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { shellInTerminal } from '../support/shellInTerminal.ts';
import { tool } from './tool.ts';

let folder: string;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everhook completions '));
  const entry = join(packageRoot, 'cli/dist/everhook.js');
  await writeFile(join(folder, 'everhook'), `#!/bin/sh\nexec "${process.execPath}" "${entry}" "$@"\n`);
  await chmod(join(folder, 'everhook'), 0o755);
  env = { PATH: [folder, dirname(process.execPath), process.env.PATH].join(delimiter), HOME: folder };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

// bash is everywhere: test/e2e/cli/package.test.ts has it.
describe('completions', () => {
  it('zsh completes commands and options, and runs nothing that stands on the line', async () => {
    const shell = shellInTerminal(folder, env, `${tool('zsh')} -f -i`);
    try {
      shell.enter('autoload -U compinit && compinit -u && source <(everhook completion zsh) && echo read-it');
      await shell.shows(/^read-it$/m, 30_000);
      shell.type('everhook deliv\t');
      await shell.shows(/everhook deliveries/, 30_000);
      shell.type('--sta\t');
      await shell.shows(/--status/, 30_000);
      shell.enter('\x15');
      shell.type('everhook trigger $(touch ran-it) --js\t');
      await shell.shows(/--json/, 30_000);
    } finally {
      await shell.close(500);
    }
    expect(await promisify(execFile)('ls', [folder])).not.toMatchObject({ stdout: expect.stringContaining('ran-it') });
  });

  it('fish completes commands and options, with what they are for', async () => {
    const ask = async (line: string) => {
      const code = `everhook completion fish | source; complete -C '${line}'`;
      return (await promisify(execFile)(tool('fish'), ['--no-config', '-c', code], { cwd: folder, env })).stdout;
    };
    expect(await ask('everhook deliv')).toBe('deliveries\tthe delivery log, newest first\n');
    expect(await ask('everhook deliveries --sta')).toMatch(/^--status\tonly of this status/);
  });
});
