import { readFile } from 'node:fs/promises';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { readExact, yamlFault } from '../exact/yaml.ts';
import { CliError, usageError } from '../exit/codes.ts';
import { plain } from '../terminal/output.ts';
import { type ChangedNumber, changedNumbers } from './numbers.ts';
import { type Path, pathText } from './path.ts';

/** What is wrong in a file, and where. */
interface Fault {
  readonly line: number;
  readonly path: string;
  readonly message: string;
}

/** More are only counted: often they follow from the first. */
const maxFaults = 50;

/** A YAML file (JSON is YAML, too) that knows the line of everything in it. */
export class ConfigurationFile {
  readonly name: string;
  readonly content: unknown;
  readonly #faults: Fault[] = [];
  readonly #document: ReturnType<typeof parseDocument>;
  readonly #lines = new LineCounter();

  constructor(name: string, text: string) {
    this.name = name;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    for (const { pos, message } of this.#document.errors) {
      this.#faults.push({ line: this.#lines.linePos(pos[0]).line, path: '', message: yamlFault(message) });
    }
    this.throwFaults();
    this.content = this.#read(text);
  }

  #read(text: string): unknown {
    try {
      return readExact(this.#document, text);
    } catch (error) {
      // Such as aliases that would grow without end.
      throw new CliError(`${this.name}: ${yamlFault((error as Error).message)}`);
    }
  }

  /** The line of what lies at the path, or of the nearest thing around it. */
  lineOf(path: Path): number {
    for (let length = path.length; length > 0; length--) {
      const node = this.#document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return this.#lines.linePos(node.range[0]).line;
    }
    return 1;
  }

  /** The numbers below a path whose text would change on the way. */
  changedNumbers(path: Path): ChangedNumber[] {
    return changedNumbers(this.#document, this.#document.getIn(path, true), path);
  }

  /** `everhook.yaml:12: projects[0].name: …` */
  sentence(path: Path, message: string): string {
    return lineText(this.name, { line: this.lineOf(path), path: pathText(path), message });
  }

  fault(path: Path, message: string): void {
    this.#faults.push({ line: this.lineOf(path), path: pathText(path), message });
  }

  /** @throws CliError that names all faults so far */
  throwFaults(): void {
    if (this.#faults.length === 0) return;
    const lines = this.#faults.slice(0, maxFaults).map((fault) => lineText(this.name, fault));
    const more = this.#faults.length - lines.length;
    if (more > 0) lines.push(`and ${more} more`);
    throw new CliError(lines.join('\n'), 1, this.#faults[0]?.path || undefined);
  }
}

const lineText = (file: string, { line, path, message }: Fault): string =>
  plain(`${file}:${line}: ${path === '' ? '' : `${path}: `}${message}`);

/** @throws CliError for one that cannot be read, or is not YAML */
export async function readConfiguration(name: string): Promise<ConfigurationFile> {
  let text: string;
  try {
    text = await readFile(name, 'utf8');
  } catch (error) {
    throw usageError(`${name} cannot be read: ${(error as Error).message}`, '--file');
  }
  return new ConfigurationFile(name, text);
}
