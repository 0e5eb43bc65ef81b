import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';

/** A shell in a terminal, made by `script` of util-linux: what a person sees and types. */
export interface Shell {
  type(text: string): void;
  /** Types a line, and forgets what was shown before. */
  enter(line: string): void;
  /**
   * Waits for a line that was not awaited before.
   *
   * @returns what the pattern found
   * @throws if it does not come in time, with what was shown instead
   */
  shows(pattern: RegExp, withinMs: number): Promise<RegExpExecArray>;
  /** Everything that it showed. */
  screen(): string;
  /** Ends what runs in it, and closes the terminal, at the latest after this time. @default 20 s */
  close(patienceMs?: number): Promise<void>;
}

/** @param shell - the command that starts it, without the settings of whoever runs the tests */
export function shellInTerminal(folder: string, env: NodeJS.ProcessEnv, shell = 'bash --norc --noprofile -i'): Shell {
  // Wide, so that no line is broken in two.
  const command = `stty cols 200 rows 50; exec ${shell}`;
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: folder,
    env: { ...env, TERM: 'xterm-256color', PS1: '$ ', HISTFILE: '/dev/null', SHELL: '/bin/bash' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let raw = '';
  let from = 0;
  const screen = () => stripVTControlCharacters(raw).replaceAll('\r', '');
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    raw += chunk;
    child.emit('said');
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    screen,
    type: (text) => void child.stdin.write(text),
    enter(line) {
      from = screen().length;
      child.stdin.write(`${line}\r`);
    },
    shows: (pattern, withinMs) =>
      new Promise((resolve, reject) => {
        const end = (found: RegExpExecArray | null, why: string) => {
          child.off('said', look);
          clearTimeout(timer);
          if (found) resolve(found);
          else reject(new Error(`${why} ${pattern} was not shown:\n${screen().slice(from)}`));
        };
        const look = () => {
          const found = pattern.exec(screen().slice(from));
          if (!found) return;
          from += found.index + found[0].length;
          end(found, '');
        };
        const timer = setTimeout(() => end(null, `Within ${withinMs} ms`), withinMs);
        void closed.then(() => end(null, 'The terminal closed:'));
        child.on('said', look);
        look();
      }),
    async close(patienceMs = 20_000) {
      // Ctrl-C twice ends what runs in it at once.
      child.stdin.write('\x03\x03');
      child.stdin.write('exit\r');
      const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}
