import { sizeOfLabels } from '../labels/label.ts';
import type { PublishedEvent, PublishScope } from './published.ts';

/** One call's events, ready to be stored. */
export interface Call {
  readonly scope: PublishScope;
  readonly events: readonly CallEvent[];
  resolve(events: PublishedEvent[]): void;
  reject(error: unknown): void;
}

export interface CallEvent {
  event: PublishedEvent;
  readonly previous: string | null;
  readonly idempotencyKey: string | null;
  /** Digest of the caller's input; set if there is a key. */
  readonly digest: Buffer | null;
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
