import type { TraceParent } from './traceparent.ts';

/**
 * Records what becomes of events, from their publisher on. Where it is off there is none: callers ask for null first, and do nothing
 * else. It never throws, and nothing waits for it.
 */
export interface Tracing {
  /**
   * A call that publishes begins.
   *
   * @param traceparent - the call's, as given
   * @returns null where nothing of it is recorded or passed on
   */
  publish(scope: TracedScope, events: readonly TracedEvent[], traceparent: string | null): PublishTrace | null;
  /** An attempt begins. @returns null where nothing of it is recorded or passed on */
  attempt(task: TracedTask): AttemptTrace | null;
}

export interface TracedScope {
  readonly organizationId: string;
  readonly projectId: string | null;
}

export interface TracedEvent {
  /** The event's own `traceparent`, as given. Absent or null: the call's. */
  readonly traceparent?: string | null;
}

/** A delivery's next attempt. */
export interface TracedTask {
  readonly envelope: TracedScope & {
    readonly deliveryId: string;
    readonly eventId: string;
    readonly webhookId: string;
    /** As stored with the event. */
    readonly traceparent?: string | null;
  };
  readonly webhook: { readonly url: string; readonly profile: { readonly name: string } };
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  readonly trace?: EventTrace | null;
}

export interface TracedResult {
  readonly outcome: string;
  readonly responseCode: number | null;
}

/** Where a call of the API stands in a trace, for the line of the log about it. */
export interface CallTrace {
  /** Its caller's `traceparent`, as given; null for none. */
  readonly traceparent: string | null;
  /** The call's own span, where it has one. */
  recorded?: TraceParent;
}

/** The trace of a call that publishes. */
export interface PublishTrace {
  /** The call's span; null where it is not recorded. Of several, the first. */
  readonly recorded: TraceParent | null;
  /** The trace of the event in this place. */
  of(index: number): EventTrace | null;
  /** The events are valid, and wait for their commit. */
  storing(): void;
  /** @param error - null where they are stored */
  ended(error: unknown): void;
}

/** Where an event stands in a trace. */
export interface EventTrace {
  /** Is stored with the event, for attempts that follow later. */
  readonly traceparent: string;
  /** The span that published it; null where it is not recorded here, and its publisher's trace is only passed on. */
  readonly recorded: TraceParent | null;
  /** Whether it is recorded because its publisher asked for that. */
  readonly asked: boolean;
}

/** The trace of an attempt. */
export interface AttemptTrace {
  /** For the receiver. */
  readonly traceparent: string;
  ended(result: TracedResult): void;
}
