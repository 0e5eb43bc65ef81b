/** Bounds how many of something each of many may hold at a time. */
export class Places {
  readonly #taken = new Map<string, number>();
  readonly #most: number;

  /** @param most - places that each holder has */
  constructor(most: number) {
    this.#most = most;
  }

  /** @returns gives the place back, however often it is called; null where all of the holder's are taken */
  take(holder: string): (() => void) | null {
    const taken = this.#taken.get(holder) ?? 0;
    if (taken >= this.#most) return null;
    this.#taken.set(holder, taken + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const left = (this.#taken.get(holder) ?? 1) - 1;
      if (left > 0) this.#taken.set(holder, left);
      else this.#taken.delete(holder);
    };
  }
}
