/** How long a session is cached, in milliseconds: as long as keys are, so that what ends one holds within 5 s everywhere. */
const cacheMs = 4_000;
const maxCached = 10_000;

/** Look-ups by a name, shared while they run and kept for a moment. What is not found is not kept. */
export class LookUps<Found> {
  readonly #entries = new Map<
    string,
    { readonly found: Promise<Found | null>; readonly until: number; value?: Found }
  >();

  get(name: string, read: () => Promise<Found | null>): Promise<Found | null> {
    const now = performance.now();
    const before = this.#entries.get(name);
    if (before && before.until > now) return before.found;
    this.#entries.delete(name);
    if (this.#entries.size >= maxCached) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    const found = read();
    const entry: { readonly found: Promise<Found | null>; readonly until: number; value?: Found } = {
      found,
      until: now + cacheMs,
    };
    this.#entries.set(name, entry);
    const drop = () => {
      if (this.#entries.get(name) === entry) this.#entries.delete(name);
    };
    found.then((value) => {
      if (value === null) drop();
      else entry.value = value;
    }, drop);
    return found;
  }

  has(name: string): boolean {
    return this.#entries.get(name)?.value !== undefined;
  }

  /** Also drops look-ups under way, because they may have read the state before the change. */
  forget(matches: (found: Found) => boolean): void {
    for (const [name, { value }] of this.#entries) {
      if (value === undefined || matches(value)) this.#entries.delete(name);
    }
  }
}
