/** Work of which one piece runs at a time for each key, in the order in which it came. Keys do not wait for each other. */
export class KeyedTurns {
  readonly #last = new Map<string, Promise<void>>();

  /** Runs the work when all of this key has ended that came before. @returns its result; rejects as it does */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#last.set(key, ended);
    try {
      await before;
      return await work();
    } finally {
      end();
      if (this.#last.get(key) === ended) this.#last.delete(key);
    }
  }
}
