import type { ConfigurationFile } from './file.ts';
import type { Path } from './path.ts';

type Members = Readonly<Record<string, unknown>>;

/** Reads what a file says, and notes what it should not say. It goes on after a fault, so that all are named at once. */
export class Reader {
  readonly file: ConfigurationFile;

  constructor(file: ConfigurationFile) {
    this.file = file;
  }

  /** An object that has no other members than these. */
  members(path: Path, value: unknown, known: readonly string[]): Members {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.file.fault(path, `This must be an object with ${known.join(', ')}.`);
      return {};
    }
    for (const name of Object.keys(value)) {
      if (!known.includes(name))
        this.file.fault([...path, name], `There is no member of this name: known are ${known.join(', ')}.`);
    }
    return value as Members;
  }

  /** Reads each item of a list; one that is left out is empty. */
  list<Item>(path: Path, value: unknown, read: (path: Path, item: unknown) => Item): Item[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value.map((item, index) => read([...path, index], item));
    this.file.fault(path, 'This must be a list.');
    return [];
  }

  required(path: Path, value: unknown): string {
    if (typeof value === 'string' && value !== '') return value;
    this.file.fault(path, 'This must be given, as text.');
    return '';
  }

  /** Undefined: left out. */
  text(path: Path, value: unknown): string | undefined {
    if (value === undefined || typeof value === 'string') return value;
    this.file.fault(path, 'This must be text.');
    return undefined;
  }

  /** Undefined: left out. Null clears. */
  clearable(path: Path, value: unknown): string | null | undefined {
    return value === null ? null : this.text(path, value);
  }

  flag(path: Path, value: unknown): boolean | undefined {
    if (value === undefined || typeof value === 'boolean') return value;
    this.file.fault(path, 'This must be true or false.');
    return undefined;
  }

  /** Names the second of two things that are called the same. */
  unique<Item extends { readonly path: Path }>(items: readonly Item[], nameOf: (item: Item) => string): void {
    const seen = new Set<string>();
    for (const item of items) {
      const name = nameOf(item);
      if (name !== '' && seen.has(name)) this.file.fault(item.path, `"${name}" is there twice.`);
      seen.add(name);
    }
  }
}
