import { detailsOf, EverhookError } from '../errors.ts';
import type { PublishedEvent } from './queue.ts';

export interface AcceptedEvent {
  /** Its place in the list that was given. */
  readonly index: number;
  readonly event: PublishedEvent;
}

export interface FailedEvent {
  /** Its place in the list that was given. */
  readonly index: number;
  /** Publish it again with this key: it is never published twice, even if it was accepted this time after all. */
  readonly idempotencyKey: string;
  /**
   * The reason, with `code`, `field`, `permission` and `retryAfter`, as an error of the same class that `publish` throws. Its field
   * is of the list that was given: `events[3].data.amount`.
   */
  readonly error: EverhookError;
}

/**
 * Events of one call were refused, each for the reason in `failed`. Those in `accepted` are published. `code` is PARTLY_PUBLISHED, or,
 * where none was accepted, that of the first reason.
 */
export class PublishError extends EverhookError {
  override readonly name = 'PublishError';
  readonly accepted: readonly AcceptedEvent[];
  readonly failed: readonly FailedEvent[];

  constructor(accepted: readonly AcceptedEvent[], failed: readonly FailedEvent[]) {
    const cause = failed[0]?.error;
    const count = accepted.length + failed.length;
    super(
      accepted.length > 0 ? 'PARTLY_PUBLISHED' : (cause?.code ?? 'INTERNAL'),
      `${accepted.length} of ${count} events were accepted. The first that was not is events[${failed[0]?.index}]: ${cause?.message}`,
      { ...(cause && detailsOf(cause)), cause },
    );
    this.accepted = accepted;
    this.failed = failed;
  }
}
