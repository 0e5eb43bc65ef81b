import { createHash } from 'node:crypto';
import { Tally } from '../../core/ground/tally.ts';

/** Texts up to this many characters are their own keys. */
const shortText = 2_048;

interface Entry<T> {
  readonly value: T;
  readonly owner: string;
}

/**
 * Caches what was made of a document's text. When it is full, the owner with the most entries loses the one it has not
 * used for longest, so one tenant cannot push out the entries of others.
 */
export class DocumentCache<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #owned = new Tally();
  readonly #maxEntries: number;
  readonly #maxCharacters: number;

  /**
   * @param maxEntries - entries
   * @param maxCharacters - longer texts are not cached; together with the number of entries this bounds memory
   */
  constructor(maxEntries: number, maxCharacters: number) {
    this.#maxEntries = maxEntries;
    this.#maxCharacters = maxCharacters;
  }

  get(text: string): T | undefined {
    if (text.length > this.#maxCharacters) return undefined;
    const key = keyOf(text);
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(text: string, value: T, owner: string): void {
    if (text.length > this.#maxCharacters) return;
    const key = keyOf(text);
    this.#forget(key);
    if (this.#entries.size >= this.#maxEntries) {
      const largest = this.#owned.largest();
      for (const [each, entry] of this.#entries) {
        if (entry.owner !== largest) continue;
        this.#forget(each);
        break;
      }
    }
    this.#entries.set(key, { value, owner });
    this.#owned.add(owner, 1);
  }

  #forget(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#owned.add(entry.owner, -1);
  }
}

/** A long text's key is its digest, in a form that cannot be a document. */
const keyOf = (text: string): string =>
  text.length <= shortText ? text : `sha256 ${createHash('sha256').update(text).digest('base64')}`;
