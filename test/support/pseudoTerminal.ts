import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../core/ground/packageRoot.ts';

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A command in a terminal, made by `script` of util-linux. */
export interface InTerminal {
  /** Resolves when the terminal shows this text. */
  shows(text: string): Promise<void>;
  type(text: string): void;
  readonly ended: Promise<{ readonly code: number | null; readonly screen: string }>;
}

/** @param columns - how wide the terminal is */
export async function cliInTerminal(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  columns = 80,
): Promise<InTerminal> {
  const folder = await mkdtemp(join(tmpdir(), 'everhook terminal '));
  const program = join(folder, 'command.sh');
  const command = [process.execPath, join(packageRoot, 'cli/dist/everhook.js'), ...args].map(quoted).join(' ');
  await writeFile(program, `stty cols ${columns} rows 24\nexec ${command}\n`);
  const child = spawn('script', ['--quiet', '--return', '--command', `sh ${quoted(program)}`, '/dev/null'], {
    env: { PATH: process.env.PATH, TERM: 'xterm-256color', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    screen += chunk;
    child.emit('said');
  });
  const ended = new Promise<{ code: number | null; screen: string }>((resolve) =>
    child.once('close', (code) => {
      void rm(folder, { recursive: true, force: true });
      resolve({ code, screen });
    }),
  );
  return {
    ended,
    type: (text) => void child.stdin.write(text),
    shows: (text) =>
      new Promise((resolve, reject) => {
        const look = () => screen.includes(text) && resolve();
        child.on('said', look);
        void ended.then(({ code }) =>
          reject(new Error(`It ended with ${code} and never showed "${text}":\n${screen}`)),
        );
        look();
      }),
  };
}
