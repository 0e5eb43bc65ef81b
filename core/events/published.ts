/** One event as a publisher gives it. */
export interface PublishInput {
  readonly type: string;
  /** JSON text, kept as it is. */
  readonly data: string;
  /** What `data` says, for validation. */
  readonly parsed: unknown;
  /** JSON text of the state before. */
  readonly previous: string | null;
  readonly occurredAt: Date | null;
  readonly idempotencyKey: string | null;
}

/** Where events happen: one project, or the organization as a whole. */
export interface PublishScope {
  readonly organizationId: string;
  readonly projectId: string | null;
}

/** An event that is stored: it will be delivered whatever happens to this process. */
export interface PublishedEvent {
  readonly id: string;
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly type: string;
  readonly data: string;
  readonly occurredAt: Date;
  readonly createdAt: Date;
}
