import { Tally } from '../ground/tally.ts';
import { Shares } from './shares.ts';

/** Bounds how many of something each holder may have at a time. */
export class Quota {
  readonly #taken = new Tally();
  readonly #max: number;

  /** @param max - most that each holder may have */
  constructor(max: number) {
    this.#max = max;
  }

  /** @returns a function that gives it back, once, however often it is called; null where the holder has the maximum */
  acquire(holder: string): (() => void) | null {
    if (this.#taken.of(holder) >= this.#max) return null;
    this.#taken.add(holder, 1);
    return once(() => this.#taken.add(holder, -1));
  }
}

/**
 * Bounds how many of something all tenants may have together. A tenant alone may have three quarters; the more the others have,
 * the less it may take, so that something is always left for the next tenant.
 */
export class SharedQuota {
  readonly #max: number;
  readonly #shares: Shares;

  /** @param max - most of all tenants together */
  constructor(max: number) {
    this.#max = max;
    this.#shares = new Shares(max);
  }

  /** How many all tenants have together. */
  get taken(): number {
    return this.#max - this.#shares.free;
  }

  /** @returns whether the tenant may have so many more; if so it has them until they are released */
  take(tenant: string, count = 1): boolean {
    if (!this.#shares.admits(tenant, count)) return false;
    this.#shares.take(tenant, count);
    return true;
  }

  release(tenant: string, count = 1): void {
    this.#shares.release(tenant, count);
  }

  /** Takes one. @returns a function that gives it back, once, however often it is called; null where the tenant may not have one now */
  acquire(tenant: string): (() => void) | null {
    return this.take(tenant) ? once(() => this.release(tenant)) : null;
  }
}

function once(act: () => void): () => void {
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    act();
  };
}
