import type { SharedQuota } from '../fairness/quota.ts';
import { ApiError } from '../ground/errors.ts';
import type { Change } from './changeSource.ts';

/** Who subscribes, and to which changes. */
export interface Subscriber<C extends Change> {
  readonly organizationId: string;
  /** How errors name the things that change: `deliveries`. */
  readonly things: string;
  /** Whether the subscriber wants a change; absent: all changes. */
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
 * Changes that were offered to one subscriber and not taken yet: the latest state of each thing, up to a limit. A client that
 * reads too slowly is ended with an error, so its memory is free again.
 */
export class Subscription<C extends Change> {
  readonly #subscriber: Subscriber<C>;
  readonly #maxPending: number;
  /** How many changes may wait for all subscribers of this process. */
  readonly #quota: SharedQuota;
  /** This one's part of the quota: for waiting changes, and for those it took last, which its reader may still hold. */
  #held = 0;
  readonly #pending = new Map<string, C>();
  #ended: { readonly error?: Error } | undefined;
  #wake: () => void = () => {};

  constructor(subscriber: Subscriber<C>, maxPending: number, quota: SharedQuota) {
    this.#subscriber = subscriber;
    this.#maxPending = maxPending;
    this.#quota = quota;
  }

  selects(change: C): boolean {
    return this.#subscriber.selects?.(change) ?? true;
  }

  offer(change: C): void {
    if (this.#ended !== undefined || !this.selects(change)) return;
    const { things } = this.#subscriber;
    const isNew = !this.#pending.has(change.id);
    if (isNew && this.#pending.size >= this.#maxPending) {
      this.end(tooSlow(`More than ${this.#maxPending} ${things} changed that this subscription has not taken.`));
      return;
    }
    if (isNew && !this.#hold()) {
      this.end(tooSlow(`Too many ${things} changed that this organization’s subscriptions have not taken.`));
      return;
    }
    this.#pending.set(change.id, change);
    this.#wake();
  }

  /** Resolves when a change waits to be taken, or the subscription has ended. */
  async filled(): Promise<void> {
    while (this.#pending.size === 0 && this.#ended === undefined) {
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
  }

  /**
   * Whether anybody still waits for changes.
   * @throws the error that ended the subscription
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
    if (!this.#quota.take(this.#subscriber.organizationId)) return false;
    this.#held += 1;
    return true;
  }

  #release(count: number): void {
    this.#held -= count;
    this.#quota.release(this.#subscriber.organizationId, count);
  }
}
