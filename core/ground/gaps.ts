/** Shortest time between two doings for one key, in milliseconds. */
export interface GapLengths {
  readonly first: number;
  readonly longest: number;
}

/** Fewer keys than this are not worth looking through for those whose gap is past. */
const fewest = 1_000;

/**
 * Keeps something from being done too often for one key: the first time at once, then only after a gap, which doubles while
 * doings follow each other closely.
 */
export class Gaps {
  readonly #lengths: GapLengths;
  readonly #gaps = new Map<string, { readonly until: number; readonly lengthMs: number }>();
  /** At this many keys those that are past are forgotten: twice what was left, so that many live ones are not searched each time. */
  #fullAt = fewest;

  constructor(lengths: GapLengths) {
    this.#lengths = lengths;
  }

  /** Milliseconds until the key may be done again; 0 where it may be now. */
  remaining(key: string): number {
    return Math.max(0, (this.#gaps.get(key)?.until ?? 0) - performance.now());
  }

  /** The key is done now. */
  begin(key: string): void {
    const now = performance.now();
    const { first, longest } = this.#lengths;
    const before = this.#gaps.get(key);
    const follows = before !== undefined && now - before.until < before.lengthMs;
    const lengthMs = follows ? Math.min(before.lengthMs * 2, longest) : first;
    this.#gaps.set(key, { until: now + lengthMs, lengthMs });
    if (this.#gaps.size > this.#fullAt) this.#forgetPast(now);
  }

  /** The key may be done at once. */
  end(key: string): void {
    this.#gaps.delete(key);
  }

  #forgetPast(now: number): void {
    for (const [key, { until, lengthMs }] of this.#gaps) if (until + lengthMs <= now) this.#gaps.delete(key);
    this.#fullAt = Math.max(fewest, 2 * this.#gaps.size);
  }
}
