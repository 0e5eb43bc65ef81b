import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Progress } from './progress.ts';

export interface WatchedCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env: NodeJS.ProcessEnv;
  /** Makes the progress line, every ten seconds, from the last line that the program printed. */
  readonly waiting: (lastLine: string) => string;
  readonly progress: Progress;
  /** Called for each line. */
  readonly onLine?: (line: string) => void;
  /**
   * Longest time without a line before the program is ended, because a server may never answer. Null: the program may
   * now work longer without output. Asked anew each second.
   */
  readonly silentMs: () => number | null;
  readonly signal?: AbortSignal;
}

const tellEveryMs = 10_000;

/**
 * Runs a program of others that downloads from the network, and shows what it waits for.
 *
 * @throws with its last lines if it fails, or if it was ended after too long a silence
 */
export async function watchedCommand(command: WatchedCommand): Promise<void> {
  const { program, args, waiting, progress, onLine, silentMs, signal } = command;
  const child = spawn(program, args, {
    env: command.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    ...(signal ? { signal } : {}),
  });
  const beganAt = Date.now();
  const last: string[] = [];
  let heardAt = beganAt;
  let gaveUp: string | null = null;
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      heardAt = Date.now();
      last.push(line);
      if (last.length > 10) last.shift();
      onLine?.(line);
    });
  }
  const telling = setInterval(() => {
    progress(`  … ${waiting(last.at(-1) ?? '')}, ${Math.round((Date.now() - beganAt) / 1000)} s`);
  }, tellEveryMs);
  const watching = setInterval(() => {
    const maxMs = silentMs();
    if (maxMs === null || Date.now() - heardAt < maxMs) return;
    gaveUp = `${program} printed nothing for ${Math.round(maxMs / 1000)} s and was ended: its server does not answer.`;
    child.kill('SIGTERM');
  }, 1_000);
  try {
    const code = await new Promise<number | string | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode, by) => resolve(exitCode ?? by));
    });
    if (gaveUp !== null) last.push(gaveUp);
    if (code !== 0 || gaveUp !== null) throw new Error(last.join('\n') || `${program} ended with ${code}`);
  } finally {
    clearInterval(telling);
    clearInterval(watching);
  }
}

/** Shows progress every ten seconds, and gives up after two minutes. */
export async function watched<T>(what: string, work: Promise<T>, progress: Progress): Promise<T> {
  const beganAt = Date.now();
  let timer: NodeJS.Timeout | undefined;
  const telling = setInterval(() => {
    progress(`  … ${what}, ${Math.round((Date.now() - beganAt) / 1000)} s`);
  }, tellEveryMs);
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no end after two minutes`)), 120_000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearInterval(telling);
    clearTimeout(timer);
  }
}
