import { Tally } from '../ground/tally.ts';
import { Shares } from './shares.ts';

/** Bounds how many of something each of many may hold at a time. */
export class Quota {
  readonly #taken = new Tally();
  readonly #most: number;

  /** @param most - places that each holder has */
  constructor(most: number) {
    this.#most = most;
  }

  /** @returns gives the place back, however often it is called; null where all of the holder's are taken */
  take(holder: string): (() => void) | null {
    if (this.#taken.of(holder) >= this.#most) return null;
    this.#taken.add(holder, 1);
    return once(() => this.#taken.add(holder, -1));
  }
}

/**
 * Bounds how many of something all may hold together. One tenant alone may have three quarters; the more others have, the less
 * it may have more, and always something is left for whoever comes next.
 */
export class SharedPlaces {
  readonly #shares: Shares;

  /** @param most - places that there are */
  constructor(most: number) {
    this.#shares = new Shares(most);
  }

  /** @returns whether the tenant may have as many more: then it has them, until they are given back */
  take(tenant: string, count = 1): boolean {
    if (!this.#shares.admits(tenant, count)) return false;
    this.#shares.take(tenant, count);
    return true;
  }

  give(tenant: string, count = 1): void {
    this.#shares.give(tenant, count);
  }

  /** @returns gives the place back, however often it is called; null where there is none for this tenant now */
  place(tenant: string): (() => void) | null {
    return this.take(tenant) ? once(() => this.give(tenant)) : null;
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
