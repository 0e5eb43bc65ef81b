/** Minimum interval between two runs for one key, in milliseconds. */
export interface GapLengths {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** With fewer keys than this, a search for expired ones is not worth it. */
const minKeysToPrune = 1_000;

/**
 * Keeps something from running too often for one key: the first run at once, later ones only after a gap, which doubles while
 * runs follow each other closely.
 */
export class Gaps {
  readonly #lengths: GapLengths;
  readonly #gaps = new Map<string, { readonly until: number; readonly lengthMs: number }>();
  /** At this many keys the expired ones are removed: twice the number left last time, so that live keys are not searched each time. */
  #pruneAt = minKeysToPrune;

  constructor(lengths: GapLengths) {
    this.#lengths = lengths;
  }

  /** Milliseconds until the key may run again; 0: it may run now. */
  remaining(key: string): number {
    return Math.max(0, (this.#gaps.get(key)?.until ?? 0) - performance.now());
  }

  /** The key runs now. */
  begin(key: string): void {
    const now = performance.now();
    const { firstMs: first, maxMs: longest } = this.#lengths;
    const before = this.#gaps.get(key);
    const follows = before !== undefined && now - before.until < before.lengthMs;
    const lengthMs = follows ? Math.min(before.lengthMs * 2, longest) : first;
    this.#gaps.set(key, { until: now + lengthMs, lengthMs });
    if (this.#gaps.size > this.#pruneAt) this.#prune(now);
  }

  /** The key may run again at once. */
  end(key: string): void {
    this.#gaps.delete(key);
  }

  #prune(now: number): void {
    for (const [key, { until, lengthMs }] of this.#gaps) if (until + lengthMs <= now) this.#gaps.delete(key);
    this.#pruneAt = Math.max(minKeysToPrune, 2 * this.#gaps.size);
  }
}
