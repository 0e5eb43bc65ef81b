import { EverhookError } from '../errors.ts';
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
  /** The reason, with `code`, `field`, `permission` and `retryAfter`, as an error of the same class that `publish` throws. */
  readonly error: EverhookError;
}

/** Some events of one call were accepted and others were not. */
export class PublishError extends EverhookError {
  override readonly name = 'PublishError';
  readonly accepted: readonly AcceptedEvent[];
  readonly failed: readonly FailedEvent[];

  constructor(accepted: readonly AcceptedEvent[], failed: readonly FailedEvent[]) {
    const cause = failed[0]?.error;
    const details = cause instanceof EverhookError ? cause : {};
    const count = accepted.length + failed.length;
    super(
      'PARTLY_PUBLISHED',
      `${accepted.length} of ${count} events were accepted; the first that was not failed with: ${cause?.message}`,
      { ...pick(details), cause },
    );
    this.accepted = accepted;
    this.failed = failed;
  }
}

const pick = ({ field, retryAfter, status, requestId, permission }: Partial<EverhookError>) => ({
  field,
  retryAfter,
  status,
  requestId,
  permission,
});
