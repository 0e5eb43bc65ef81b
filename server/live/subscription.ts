import { ApiError } from '../errors.ts';
import type { SharedPlaces } from '../places.ts';
import type { DeliveryStatus } from '../store/prisma/enums.ts';
import type { Change } from './changes.ts';

/** Which of an organization's changes a subscriber asked for; what is absent admits all. */
export interface Selection {
  readonly projectId?: string | undefined;
  readonly webhookId?: string | undefined;
  /** Looked up in the latest state: a status that a delivery passed through unseen is not told. */
  readonly statuses?: readonly DeliveryStatus[] | undefined;
}

export function selects(selection: Selection, change: Change): boolean {
  const { projectId, webhookId, statuses } = selection;
  return (
    (projectId === undefined || change.projectId === projectId) &&
    (webhookId === undefined || change.webhookId === webhookId) &&
    (statuses === undefined || statuses.includes(change.status))
  );
}

const tooSlow = (why: string) =>
  new ApiError(
    'UNAVAILABLE',
    `${why} Subscribe again after the last cursor received, or to fewer deliveries.`,
    undefined,
    1,
  );

/**
 * What one subscriber has been offered and not yet taken: the latest state of each delivery, and never more than a
 * bound, so that a client that reads slowly costs memory no longer than it takes to tell it so.
 */
export class Subscription {
  readonly #selection: Selection;
  readonly #limit: number;
  readonly #organizationId: string;
  /** What all subscribers of this process may leave waiting. */
  readonly #places: SharedPlaces;
  /** Places that this one has: for what waits, and for what it took last, which its reader may still hold. */
  #held = 0;
  readonly #pending = new Map<string, Change>();
  #ended: { readonly error?: Error } | undefined;
  #wake: () => void = () => {};

  constructor(selection: Selection & { readonly organizationId: string }, limit: number, places: SharedPlaces) {
    this.#selection = selection;
    this.#organizationId = selection.organizationId;
    this.#limit = limit;
    this.#places = places;
  }

  offer(change: Change): void {
    if (this.#ended !== undefined || !selects(this.#selection, change)) return;
    const isNew = !this.#pending.has(change.deliveryId);
    if (isNew && this.#pending.size >= this.#limit) {
      this.end(tooSlow(`More than ${this.#limit} deliveries changed that this subscription has not taken.`));
      return;
    }
    if (isNew && !this.#hold()) {
      this.end(tooSlow('Too many deliveries changed that this organization’s subscriptions have not taken.'));
      return;
    }
    this.#pending.set(change.deliveryId, change);
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
  take(): Change[] {
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
    if (!this.#places.take(this.#organizationId)) return false;
    this.#held += 1;
    return true;
  }

  #release(count: number): void {
    this.#held -= count;
    this.#places.give(this.#organizationId, count);
  }
}
