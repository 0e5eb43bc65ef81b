import { withTimeout } from '../ground/withTimeout.ts';

interface Reading<T> {
  readonly running: Promise<T>;
  /** Begins when the running one has ended, or takes too long; null while nobody waits for it. */
  next: Promise<T> | null;
}

/** Nobody waits longer than this for a read that began before they asked: one that hangs holds up only those who share it. Milliseconds. */
const patienceMs = 1_000;

/**
 * Reads by key of which one runs and one waits: whoever asks while one runs shares the one that begins after it. So what each gets was
 * read after it asked, and a thousand who ask at once cost two reads.
 */
export class JoinedReads<T> {
  readonly #readings = new Map<string, Reading<T>>();

  /** @param read - of this key; rejects for all who share it */
  get(key: string, read: () => Promise<T>): Promise<T> {
    const reading = this.#readings.get(key);
    if (!reading) return this.#begin(key, read);
    const begin = () => this.#begin(key, read);
    reading.next ??= withTimeout(patienceMs, () => reading.running).then(begin, begin);
    return reading.next;
  }

  #begin(key: string, read: () => Promise<T>): Promise<T> {
    const reading: Reading<T> = { running: read(), next: null };
    this.#readings.set(key, reading);
    const end = () => {
      // Otherwise the next one takes its place.
      if (reading.next === null) this.#readings.delete(key);
    };
    reading.running.then(end, end);
    return reading.running;
  }
}
