import { sizeOfLabels } from '../labels/label.ts';
import type { EventTrace } from '../tracing/tracing.ts';
import type { PublishedEvent, PublishScope } from './published.ts';

/** One call's events, ready to be stored. */
export interface Call {
  readonly scope: PublishScope;
  readonly events: readonly CallEvent[];
  /** By which types its events are valid; null where nothing is validated. */
  readonly types: ValidatedBy | null;
  resolve(events: PublishedEvent[]): void;
  reject(error: unknown): void;
}

/** The types of its organization by which a call's events are valid. */
export interface ValidatedBy {
  version: bigint;
  /**
   * Validates again, by types of at least this version.
   *
   * @returns the version by which they are valid
   * @throws ApiError if they no longer are
   */
  readonly validate: (atLeast: bigint) => Promise<bigint>;
}

export interface CallEvent {
  event: PublishedEvent;
  readonly previous: string | null;
  readonly idempotencyKey: string | null;
  /** Digest of the caller's input; set if there is a key. */
  readonly digest: Buffer | null;
  /** Absent or null: it is not traced. */
  readonly trace?: EventTrace | null;
}

/** An event to store; not a repetition of a stored one. */
export interface FreshEvent {
  readonly scope: PublishScope;
  readonly item: CallEvent;
}

export const sizeOf = (events: readonly CallEvent[]): number =>
  events.reduce(
    (bytes, { event, previous }) => bytes + event.data.length + (previous?.length ?? 0) + sizeOfLabels(event.labels),
    0,
  );

/** The scope in which an idempotency key is unique. */
export const scopeId = (scope: PublishScope): string => scope.projectId ?? scope.organizationId;
