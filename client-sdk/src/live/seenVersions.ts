/** The last seen version of each of the most recently seen things. */
export class SeenVersions {
  readonly #versions = new Map<string, number>();
  readonly #max: number;

  /** @param max - how many things are remembered, about 100 bytes each. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Records a version. @returns whether it is newer than the last seen one */
  isNews(id: string, version: number): boolean {
    const seen = this.#versions.get(id) ?? 0;
    // Setting it again makes it the most recent.
    this.#versions.delete(id);
    this.#versions.set(id, Math.max(seen, version));
    if (this.#versions.size > this.#max) {
      const oldest = this.#versions.keys().next();
      if (!oldest.done) this.#versions.delete(oldest.value);
    }
    return version > seen;
  }
}
