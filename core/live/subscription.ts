import type { SharedQuota } from '../fairness/quota.ts';
import { ApiError } from '../ground/errors.ts';
import type { Change } from './changeSource.ts';

/** Who subscribes to what. */
export interface Subscriber<C extends Change> {
  readonly organizationId: string;
  /** How errors name what changes: `deliveries`. */
  readonly things: string;
  /** Whether a change was asked for; absent: all are. */
  readonly selects?: ((change: C) => boolean) | undefined;
}

const tooSlow = (why: string) =>
  new ApiError(
    'UNAVAILABLE',
    `${why} Subscribe again after the last cursor received, and follow fewer or read faster.`,
    undefined,
    1,
  );

/**
 * What one subscriber has been offered and not yet taken: the latest state of each thing, and never more than a
 * bound, so that a client that reads slowly costs memory no longer than it takes to tell it so.
 */
export class Subscription<C extends Change> {
  readonly #subscriber: Subscriber<C>;
  readonly #limit: number;
  /** What all subscribers of this process may leave waiting. */
  readonly #places: SharedQuota;
  /** Places that this one has: for what waits, and for what it took last, which its reader may still hold. */
  #held = 0;
  readonly #pending = new Map<string, C>();
  #ended: { readonly error?: Error } | undefined;
  #wake: () => void = () => {};

  constructor(subscriber: Subscriber<C>, limit: number, places: SharedQuota) {
    this.#subscriber = subscriber;
    this.#limit = limit;
    this.#places = places;
  }

  selects(change: C): boolean {
    return this.#subscriber.selects?.(change) ?? true;
  }

  offer(change: C): void {
    if (this.#ended !== undefined || !this.selects(change)) return;
    const { things } = this.#subscriber;
    const isNew = !this.#pending.has(change.id);
    if (isNew && this.#pending.size >= this.#limit) {
      this.end(tooSlow(`More than ${this.#limit} ${things} changed that this subscription has not taken.`));
      return;
    }
    if (isNew && !this.#hold()) {
      this.end(tooSlow(`Too many ${things} changed that this organization’s subscriptions have not taken.`));
      return;
    }
    this.#pending.set(change.id, change);
    this.#wake();
  }

  /** Resolves when something waits to be taken, or the subscription has ended. */
  async filled(): Promise<void> {
    while (this.#pending.size === 0 && this.#ended === undefined) {
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
  }

  /**
   * Whether anybody still waits for changes.
   * @throws what the subscription was ended with
   */
  isWanted(): boolean {
    if (this.#ended?.error !== undefined) throw this.#ended.error;
    return this.#ended === undefined;
  }

  /** Everything offered since the last call. */
  take(): C[] {
    const taken = [...this.#pending.values()];
    this.#release(this.#held - this.#pending.size);
    this.#pending.clear();
    return taken;
  }

  end(error?: Error): void {
    this.#ended ??= error === undefined ? {} : { error };
    this.#pending.clear();
    this.#release(this.#held);
    this.#wake();
  }

  #hold(): boolean {
    if (!this.#places.take(this.#subscriber.organizationId)) return false;
    this.#held += 1;
    return true;
  }

  #release(count: number): void {
    this.#held -= count;
    this.#places.release(this.#subscriber.organizationId, count);
  }
}
