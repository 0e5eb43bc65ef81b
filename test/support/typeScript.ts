import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../core/ground/packageRoot.ts';

const compiler = join(packageRoot, 'node_modules/typescript/bin/tsc');
const settings =
  '--ignoreConfig --noEmit --pretty false --strict --exactOptionalPropertyTypes --target es2022 --module nodenext --allowImportingTsExtensions --lib ES2022,DOM,DOM.Iterable --types';

/** An error of the compiler. */
export interface Complaint {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** With the lines that explain it. */
  readonly message: string;
}

/**
 * What the compiler says of files, in one run: strict, and without `skipLibCheck`. What it says of packages is left out: Node's types do
 * not pass with `exactOptionalPropertyTypes`.
 *
 * @param files - texts by their names. They import one another, and the repository's own files by their whole paths.
 */
export async function compile(files: Readonly<Record<string, string>>): Promise<Complaint[]> {
  const folder = await mkdtemp(join(tmpdir(), 'everhook types '));
  try {
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const args = [compiler, ...settings.split(' '), '', ...Object.keys(files).filter((name) => name.endsWith('.ts'))];
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, args, { cwd: folder, maxBuffer: 2 ** 28 }, (_error, text, errors) =>
        resolve(text + errors),
      );
    });
    const complaints: Complaint[] = [];
    for (const line of output.split('\n')) {
      const [, file, at, column, message] = /^(.+?)\((\d+),(\d+)\): error (TS.*)$/.exec(line) ?? [];
      const last = complaints.at(-1);
      if (file) complaints.push({ file, line: Number(at), column: Number(column), message: message ?? '' });
      else if (line.startsWith(' ') && last)
        complaints[complaints.length - 1] = { ...last, message: `${last.message}\n${line}` };
      else if (line.trim() !== '') complaints.push({ file: '', line: 0, column: 0, message: line });
    }
    return complaints.filter(({ file }) => !file.includes('/node_modules/'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The text in which a complaint's place begins, up to the line's end. */
export const placeOf = (complaint: Complaint, files: Readonly<Record<string, string>>): string =>
  (files[complaint.file]?.split('\n')[complaint.line - 1] ?? '').slice(complaint.column - 1);

/**
 * What the compiler says of programs that begin with the same lines: a list of its errors for each.
 *
 * @param head - imports
 */
export async function complaintsOf(head: string, programs: readonly string[]): Promise<string[][]> {
  const files = Object.fromEntries(programs.map((program, index) => [`program${index}.ts`, `${head}\n${program}`]));
  const complaints = await compile(files);
  const foreign = complaints.filter(({ file }) => !(file in files));
  if (foreign.length > 0) throw new Error(`Not of the programs: ${JSON.stringify(foreign)}`);
  return programs.map((_, index) =>
    complaints.filter(({ file }) => file === `program${index}.ts`).map(({ message }) => message),
  );
}

/** The import of one of the repository's files. */
export const pathOf = (file: string): string => JSON.stringify(join(packageRoot, file));
