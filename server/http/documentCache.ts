import { createHash } from 'node:crypto';
import { Tally } from '../../core/ground/tally.ts';

/** Texts up to this many characters are their own keys. */
const shortText = 2_048;

interface Entry<T> {
  readonly value: T;
  readonly owner: string;
}

/**
 * Remembers what was made of documents' texts. When it is full, the owner of the most forgets what it has not used for longest:
 * nobody is made to forget by what others send.
 */
export class DocumentCache<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #owned = new Tally();
  readonly #most: number;
  readonly #longest: number;
  readonly #mostOfOne: number;

  /**
   * @param most - entries
   * @param longest - characters of a text that is remembered; with both bounded, memory is
   * @param mostOfOne - entries of one owner
   */
  constructor(most: number, longest: number, mostOfOne = most) {
    this.#most = most;
    this.#longest = longest;
    this.#mostOfOne = mostOfOne;
  }

  get(text: string): T | undefined {
    if (text.length > this.#longest) return undefined;
    const key = keyOf(text);
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(text: string, value: T, owner: string): void {
    if (text.length > this.#longest) return;
    const key = keyOf(text);
    this.#forget(key);
    const isFull = this.#owned.of(owner) >= this.#mostOfOne;
    if (isFull || this.#entries.size >= this.#most) {
      const largest = isFull ? owner : this.#owned.largest();
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

/** A long text's key is its digest, which is no text that anybody sends. */
const keyOf = (text: string): string =>
  text.length <= shortText ? text : `sha256 ${createHash('sha256').update(text).digest('base64')}`;
