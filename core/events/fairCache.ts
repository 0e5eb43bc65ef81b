interface Held<V> {
  readonly value: V;
  readonly weight: number;
}

interface Share<V> {
  weight: number;
  /** Oldest first. */
  readonly held: Map<string, Held<V>>;
}

/** A cache that tenants share. When it is full, the tenant with the most loses its oldest entry. */
export class FairCache<V> {
  readonly #maxWeight: number;
  readonly #maxEach: number;
  readonly #shares = new Map<string, Share<V>>();
  #weight = 0;

  /**
   * @param maxWeight - total weight of all entries
   * @param maxEach - entries of one tenant
   */
  constructor(maxWeight: number, maxEach = Number.POSITIVE_INFINITY) {
    this.#maxWeight = maxWeight;
    this.#maxEach = maxEach;
  }

  get(tenant: string, key: string): V | undefined {
    return this.#shares.get(tenant)?.held.get(key)?.value;
  }

  /** Adds a value, or makes it the newest. */
  set(tenant: string, key: string, value: V, weight: number): V {
    const share = this.#shares.get(tenant) ?? { weight: 0, held: new Map<string, Held<V>>() };
    this.#shares.set(tenant, share);
    this.#remove(tenant, share, key);
    this.#shares.set(tenant, share);
    share.held.set(key, { value, weight });
    share.weight += weight;
    this.#weight += weight;
    if (share.held.size > this.#maxEach) this.#removeOldest(tenant, share);
    while (this.#weight > this.#maxWeight) this.#makeRoom();
    return value;
  }

  #makeRoom(): void {
    let heaviest: [string, Share<V>] | null = null;
    for (const each of this.#shares) if (heaviest === null || each[1].weight > heaviest[1].weight) heaviest = each;
    if (heaviest !== null) this.#removeOldest(...heaviest);
  }

  #removeOldest(tenant: string, share: Share<V>): void {
    const [oldest] = share.held.keys();
    if (oldest !== undefined) this.#remove(tenant, share, oldest);
  }

  #remove(tenant: string, share: Share<V>, key: string): void {
    const held = share.held.get(key);
    if (!held) return;
    share.held.delete(key);
    share.weight -= held.weight;
    this.#weight -= held.weight;
    if (share.held.size === 0) this.#shares.delete(tenant);
  }
}
