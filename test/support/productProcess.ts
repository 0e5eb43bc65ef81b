import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../core/ground/packageRoot.ts';

/** A process of the compiled product by itself, as a process manager starts it. */
export interface RunningProcess {
  /** Its log so far, once it says that or has ended. */
  said(text: string): Promise<Record<string, unknown>[]>;
  /** Everything that it wrote so far. */
  output(): string;
  /** Its code, once it has ended. */
  readonly ended: Promise<number | null>;
  /** Asks it to end. @returns its code */
  end(): Promise<number | null>;
  kill(): Promise<void>;
}

/**
 * @param entry - below `dist`
 * @param env - everything that it gets, besides the path and a free port
 * @param options.root - where the product lies. @default this clone
 */
export function runProcess(
  entry: string,
  env: NodeJS.ProcessEnv,
  { args = [], root = packageRoot }: { readonly args?: readonly string[]; readonly root?: string } = {},
): RunningProcess {
  const child = spawn(process.execPath, [join(root, 'dist', entry), ...args], {
    env: { PATH: process.env.PATH, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      child.emit('said');
    });
  }
  const lines = () =>
    output
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    ended,
    output: () => output,
    said: (text) =>
      new Promise((resolve) => {
        const look = () => {
          if (output.includes(text)) resolve(lines());
        };
        child.on('said', look);
        void ended.then(() => resolve(lines()));
        look();
      }),
    end() {
      child.kill('SIGTERM');
      return ended;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
