import { createLog } from '../ground/log.ts';
import { logOutput } from '../ground/logOutput.ts';

/** How a command that ends by itself tells of its work. */
export interface CommandOutput {
  say(line: string): void;
  /** Says why the command failed. */
  fail(message: string): void;
}

/** Plain lines for people at a terminal and for `npm run`; in production, where a log collects them, JSON lines alone. */
export function commandOutput(name: string): CommandOutput {
  if (process.env.NODE_ENV !== 'production' || process.stdout.isTTY) {
    return {
      say: (line) => void process.stdout.write(`${line}\n`),
      fail: (message) => void process.stderr.write(`${message}\n`),
    };
  }
  const log = createLog('info', name);
  logOutput(log, name);
  return { say: (line) => log.info(line), fail: (message) => log.fatal(message) };
}
