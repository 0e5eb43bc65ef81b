/** Which version of each thing was seen last, of the things seen most recently. */
export class SeenVersions {
  readonly #versions = new Map<string, number>();
  readonly #most: number;

  /** @param most - how many things are remembered, about 100 bytes each. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Whether this version is newer than what was seen; from now on it is seen. */
  isNews(id: string, version: number): boolean {
    const seen = this.#versions.get(id) ?? 0;
    // Setting it again makes it the most recent.
    this.#versions.delete(id);
    this.#versions.set(id, Math.max(seen, version));
    if (this.#versions.size > this.#most) {
      const oldest = this.#versions.keys().next();
      if (!oldest.done) this.#versions.delete(oldest.value);
    }
    return version > seen;
  }
}
