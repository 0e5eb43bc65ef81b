import { format } from 'node:util';
import type { Logger } from 'pino';

/** Longest text of a library that is logged, in characters. */
const maxCharacters = 4_000;

/** What libraries print by each of these goes to the log at this level. */
const methods = [
  ['trace', 'debug'],
  ['debug', 'debug'],
  ['log', 'info'],
  ['info', 'info'],
  ['warn', 'warn'],
  ['error', 'error'],
] as const;

/**
 * Makes a line of the log of everything else that this process would print: warnings of Node, what libraries print, and an error
 * that nobody caught, which ends the process.
 */
export function logOutput(log: Logger, processName: string): void {
  // Node's own listener prints them.
  process.removeAllListeners('warning');
  process.on('warning', (warning) => log.warn({ err: warning }, 'a warning of Node'));
  for (const [method, level] of methods) {
    console[method] = (...printed: unknown[]) =>
      log[level]({ printed: true }, format(...printed).slice(0, maxCharacters));
  }
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, `the ${processName} process stopped`);
    process.exit(1);
  });
}
