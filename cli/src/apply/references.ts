import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ConfigurationFile } from './file.ts';
import type { Path } from './path.ts';

const reference = /\$\{(env|file):([^}]+)\}/g;
const alone = /^\$\{(env|file):[^}]+\}$/;

/** A text of a file, with what its references stand for. */
export interface Resolved {
  readonly value: string;
  /** Whether it has a reference: what it stands for is then never shown. */
  readonly hidden: boolean;
  /** As the file has it. */
  readonly written: string;
}

/** The text with `${env:NAME}` and `${file:path}` replaced. Files lie relative to the file that names them. */
export function resolveText(file: ConfigurationFile, path: Path, written: string): Resolved {
  let hidden = false;
  const value = written.replace(reference, (_whole, kind: string, name: string) => {
    hidden = true;
    if (kind === 'env') {
      const found = process.env[name];
      if (!found) file.fault(path, `The environment variable ${name} is not set.`);
      return found ?? '';
    }
    try {
      return readFileSync(resolve(dirname(file.name), name), 'utf8').trim();
    } catch (error) {
      file.fault(path, `The file cannot be read: ${(error as Error).message}`);
      return '';
    }
  });
  return { value, hidden, written };
}

/** A secret: it never stands in the file itself. */
export function resolveSecret(file: ConfigurationFile, path: Path, written: string): Resolved {
  if (alone.test(written)) return resolveText(file, path, written);
  // What was written is a secret, perhaps: it is not repeated.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as a file writes it
  file.fault(path, 'Secrets do not belong into the file: write ${env:NAME} or ${file:path}.');
  return { value: '', hidden: true, written: '' };
}
