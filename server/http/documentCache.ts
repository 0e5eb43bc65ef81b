/** Longest text, in characters, that is worth remembering: what holds whole payloads as literals never comes again. */
const longestText = 16 * 1024;

/** Remembers what was made of a document's text, and forgets what was longest not used. */
export class DocumentCache<T> {
  readonly #entries = new Map<string, T>();
  readonly #most: number;

  /** @param most - entries; with texts bounded, this bounds memory */
  constructor(most: number) {
    this.#most = most;
  }

  get(text: string): T | undefined {
    const value = this.#entries.get(text);
    if (value !== undefined) {
      this.#entries.delete(text);
      this.#entries.set(text, value);
    }
    return value;
  }

  set(text: string, value: T): void {
    if (text.length > longestText) return;
    this.#entries.delete(text);
    if (this.#entries.size >= this.#most) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    this.#entries.set(text, value);
  }
}
