/** Sums by name. A sum of 0 takes no memory. */
export class Tally {
  readonly #sums = new Map<string, number>();
  #total = 0;

  /** The sum over all names. */
  get total(): number {
    return this.#total;
  }

  of(name: string): number {
    return this.#sums.get(name) ?? 0;
  }

  add(name: string, amount: number): void {
    const sum = this.of(name) + amount;
    this.#total += amount;
    if (sum === 0) this.#sums.delete(name);
    else this.#sums.set(name, sum);
  }

  get size(): number {
    return this.#sums.size;
  }

  /** The name with the largest sum. */
  largest(): string | undefined {
    let found: string | undefined;
    for (const [name, sum] of this.#sums) if (found === undefined || sum > this.of(found)) found = name;
    return found;
  }
}
