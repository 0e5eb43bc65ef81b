import { styleText } from 'node:util';
import { exactText } from '../exact/json.ts';

/** Characters that could move the cursor, change colours or hide text of a terminal. Line ends and tabs, too. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is for
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Data as text for a terminal: what would control the terminal is written as an escape. */
export const plain = (text: string): string =>
  text.replace(control, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Our own lines, or a text of several, with data among them: line ends stay. */
export const plainLines = (text: string): string => text.split('\n').map(plain).join('\n');

/** Whether a line of it has anything that {@link plain} changes. */
export const controls = (text: string): boolean => plainLines(text) !== text;

/** Writes a line of results to stdout. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes a line about the work itself, such as progress or an error, to stderr. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** JSON for programs, which somebody may look at: it means the same with escapes. */
const jsonLine = (value: unknown): string => plain(exactText(value));

/** Results for programs: JSON, on one line. */
export const sayJson = (value: unknown): void => say(jsonLine(value));

/** An error for programs: JSON, on one line. */
export const tellJson = (value: unknown): void => tell(jsonLine(value));

export const isTerminal = (stream: { readonly isTTY?: boolean } = process.stdout): boolean => stream.isTTY === true;

const { NO_COLOR, TERM } = process.env;
const coloured = isTerminal() && !NO_COLOR && TERM !== 'dumb';

export type Colour = 'red' | 'green' | 'yellow' | 'dim' | 'bold' | 'cyan';

/** Coloured only on a terminal, and never where NO_COLOR is set. */
export const paint = (colour: Colour, text: string): string =>
  coloured ? styleText(colour, text, { validateStream: false }) : text;

/** A status of a delivery, in its colour. */
export function paintStatus(status: string): string {
  if (status === 'DELIVERED') return paint('green', status);
  if (status === 'FAILED') return paint('red', status);
  return status === 'CANCELLED' ? paint('dim', status) : paint('yellow', status);
}

/** A reader such as `head` that has read enough is no fault of ours. A full disk is one, and said. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    tell(`error: The output cannot be written: ${error.message}`);
    process.exit(1);
  });
  // Then nobody can be told.
  process.stderr.on('error', () => process.exit(1));
}
