/**
 * How many spans publishers may have recorded here by a `traceparent` that says "sampled". Anybody who may publish can write that,
 * and each span costs the operator: so there is a limit a second, of which one organization gets at most a half.
 */
export class OutsideBudget {
  readonly #perSecond: number;
  readonly #each: number;
  readonly #taken = new Map<string, number>();
  #total = 0;
  #second = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#each = Math.ceil(perSecond / 2);
  }

  /** @param now - milliseconds of a monotonic clock. @returns whether the organization may have one more */
  take(organizationId: string, now = performance.now()): boolean {
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#total = 0;
      this.#taken.clear();
    }
    const taken = this.#taken.get(organizationId) ?? 0;
    if (this.#total >= this.#perSecond || taken >= this.#each) return false;
    this.#total++;
    this.#taken.set(organizationId, taken + 1);
    return true;
  }
}
