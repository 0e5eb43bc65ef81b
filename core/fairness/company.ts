/** For how long after its last act a holder counts as there. Milliseconds. */
const presentMs = 1_000;

interface Seen {
  readonly holder: string;
  at: number;
}

/** Who acts beside whom: a holder that has the process to itself may take all of it. */
export class Company {
  /** The holder that acted last, and the one that acted last before it. */
  #last: Seen = { holder: '', at: Number.NEGATIVE_INFINITY };
  #other: Seen = this.#last;

  /** @param now - by `performance.now()` */
  see(holder: string, now = performance.now()): void {
    if (holder === this.#last.holder) {
      this.#last.at = now;
      return;
    }
    this.#other = this.#last;
    this.#last = { holder, at: now };
  }

  /** Whether anybody else acted within the last moments. */
  hasOthers(holder: string, now = performance.now()): boolean {
    const { at } = this.#last.holder === holder ? this.#other : this.#last;
    return now - at < presentMs;
  }
}
