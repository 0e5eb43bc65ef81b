import type { Label } from '../labels/label.ts';

/** An event as its publisher gives it. */
export interface PublishInput {
  readonly type: string;
  /** JSON text, kept unchanged. */
  readonly data: string;
  /** `data` parsed, for validation. */
  readonly parsed: unknown;
  /** JSON text of the previous state. */
  readonly previous: string | null;
  readonly occurredAt: Date | null;
  readonly idempotencyKey: string | null;
  /** In any order. */
  readonly labels: readonly Label[];
  /** Stands for the content of the whole call, where its key is the call's: then no other call may have this key. */
  readonly callDigest?: string;
  /** The event's place in its publisher's trace, as given. Absent or null: the call's. */
  readonly traceparent?: string | null;
}

/** Where events happen: one project, or the organization as a whole. */
export interface PublishScope {
  readonly organizationId: string;
  readonly projectId: string | null;
}

/** A stored event: it is delivered even if this process dies. */
export interface PublishedEvent {
  readonly id: string;
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly type: string;
  readonly data: string;
  readonly occurredAt: Date;
  readonly createdAt: Date;
  /** Sorted by key. */
  readonly labels: readonly Label[];
}
