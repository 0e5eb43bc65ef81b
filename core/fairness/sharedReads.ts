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
export class SharedReads<T> {
  readonly #readings = new Map<string, Reading<T>>();

  /** @param read - of this key; rejects for all who share it */
  get(key: string, read: () => Promise<T>): Promise<T> {
    const reading = this.#readings.get(key);
    if (!reading) return this.#begin(key, read);
    reading.next ??= ended(reading.running).then(() => this.#begin(key, read));
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

/** Resolves when a read has ended, at the latest when patience has. */
function ended(running: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, patienceMs);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    running.then(end, end);
  });
}
