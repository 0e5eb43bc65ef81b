import { ApiError } from '../errors.ts';
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

/**
 * What one subscriber has been offered and not yet taken: the latest state of each delivery, and never more than a
 * bound, so that a client that reads slowly costs memory no longer than it takes to tell it so.
 */
export class Subscription {
  readonly #selection: Selection;
  readonly #limit: number;
  readonly #pending = new Map<string, Change>();
  #ended: { readonly error?: Error } | undefined;
  #wake: () => void = () => {};

  constructor(selection: Selection, limit: number) {
    this.#selection = selection;
    this.#limit = limit;
  }

  offer(change: Change): void {
    if (this.#ended !== undefined || !selects(this.#selection, change)) return;
    this.#pending.set(change.deliveryId, change);
    if (this.#pending.size > this.#limit) {
      this.end(
        new ApiError(
          'UNAVAILABLE',
          `More than ${this.#limit} deliveries changed that this subscription has not taken. Subscribe again after the last cursor received, or to fewer deliveries.`,
          undefined,
          1,
        ),
      );
      return;
    }
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
    this.#pending.clear();
    return taken;
  }

  end(error?: Error): void {
    this.#ended ??= error === undefined ? {} : { error };
    this.#pending.clear();
    this.#wake();
  }
}
