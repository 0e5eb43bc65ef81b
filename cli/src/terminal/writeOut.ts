import { writeFile } from 'node:fs/promises';
import { usageError } from '../exit/codes.ts';
import { plain } from './output.ts';

/** Writes what `--out` names. @throws CliError where that cannot be */
export async function writeOut(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw usageError(`${plain(file)} cannot be written: ${(error as Error).message}`, '--out');
  }
}
