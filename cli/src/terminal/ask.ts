import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { CliError, exitCodes } from '../exit/codes.ts';
import { isTerminal } from './output.ts';

/** Whether somebody is there to be asked. */
export const canAsk = (): boolean => isTerminal(process.stdin) && isTerminal(process.stderr);

async function question(prompt: string, hidden: boolean): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: hidden ? nowhere : process.stderr, terminal: true });
  // From here on the terminal itself shows nothing that is typed: who is quick may type as soon as the prompt is seen.
  process.stderr.write(prompt);
  // Its own prompt would clear ours.
  const ended = new Promise<never>((_resolve, reject) => {
    const stop = () => reject(new CliError('Ended.', exitCodes.interrupted.code));
    reader.once('SIGINT', stop);
    reader.once('close', stop);
  });
  ended.catch(() => {});
  try {
    return (await Promise.race([reader.question(hidden ? '' : prompt), ended])).trim();
  } finally {
    reader.close();
    if (hidden) process.stderr.write('\n');
  }
}

/** Asks for a line. */
export const ask = (prompt: string): Promise<string> => question(prompt, false);

/** Asks for a secret, which the terminal does not show. */
export const askHidden = (prompt: string): Promise<string> => question(prompt, true);

/** Everything that comes on stdin. */
export const readInput = async (): Promise<string> => await textOf(process.stdin);
