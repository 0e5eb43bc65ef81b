import type { WebhookHealth } from '../store/prisma/enums.ts';
import type { RetryTerms } from './nextAttempt.ts';

/*
 * The messages between a webhook's workflow, which owns the retries of its deliveries, and the processes that make attempts.
 * Workflow histories keep them: ids, times and numbers, never payloads.
 */

/** A failed attempt: delivery, attempt number, end, Retry-After, draw, and index of the terms. */
export type FailedEntry = readonly [
  deliveryId: string,
  made: number,
  endedAt: number,
  askedMs: number | null,
  draw: number,
  terms: number,
];

/** Failed first attempts to retry. */
export interface Failures {
  readonly organizationId: string;
  /** The webhook's terms when the attempts were recorded; entries refer to them by index. */
  readonly terms: readonly RetryTerms[];
  readonly list: readonly FailedEntry[];
  /** Whether one of them was slow. */
  readonly slow: boolean;
  /** As in {@link Attempted}. */
  readonly atOnce: number | null;
}

/** A longer attempt is slow: a workflow task must not wait for it. Milliseconds. */
export const slowMs = 1_000;

/** A waiting delivery: attempts made, and when the next is due in milliseconds since the epoch. */
export type WaitingEntry = readonly [deliveryId: string, made: number, dueAt: number];

/** A signal or update for a webhook's workflow. */
export type DeliverSignal =
  /** Failed first attempts. */
  | { readonly kind: 'failed'; readonly failures: Failures }
  /** A row that it may not know is due after this many milliseconds. */
  | { readonly kind: 'wake'; readonly delayMs: number; readonly andLater: boolean }
  /** These deliveries were cancelled. Fails if the workflow does not run. */
  | { readonly kind: 'cancelled'; readonly deliveryIds: readonly string[] }
  /** Attempt this delivery now. Fails if the workflow does not accept it. */
  | { readonly kind: 'retryNow'; readonly deliveryId: string };

/** Signals a webhook's workflow, and starts it if it does not run. */
export type SignalWorkflow = (webhookId: string, signal: DeliverSignal) => Promise<void>;

/** A delivery to attempt: attempt number, draw for the delay after it, and due time. */
export type AttemptEntry = readonly [deliveryId: string, number: number, draw: number, dueAt: number];

export interface AttemptSomeInput {
  readonly webhookId: string;
  readonly list: readonly AttemptEntry[];
  /** Limit of concurrent requests; null: the webhook's own limit. */
  readonly atOnce: number | null;
  /** Whether the workflow knows of no other waiting delivery. */
  readonly last: boolean;
}

/** The outcome of one entry of the list. */
export type Outcome =
  /** Nothing follows: delivered, failed for good, cancelled or gone. */
  | 'over'
  /** Not attempted, for lack of time or room. */
  | 'kept'
  /** It failed; the workflow decides when it is due again. */
  | readonly [endedAt: number, askedMs: number | null, terms: number]
  /** The row differs from the workflow's state; the row is right. */
  | { readonly made: number; readonly dueAt: number };

/** A webhook's owner and health, for the search attributes of its workflow. */
export interface About {
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly health: WebhookHealth;
}

export interface Attempted {
  /** In the order of the list. */
  readonly outcomes: readonly Outcome[];
  readonly terms: readonly RetryTerms[];
  /** The webhook's organization; null if the webhook is gone. */
  readonly organizationId: string | null;
  /** Null if the webhook is gone or nothing began. */
  readonly about?: About | null;
  /** Limit of concurrent requests to the webhook; null if it depends on how the last attempts end. */
  readonly atOnce: number | null;
  /** All waiting deliveries were cancelled: rows that still wait must be read again. */
  readonly cleared: boolean;
  /** Whether deliveries outside the list wait, although it was the last. */
  readonly others: boolean;
  /** Whether one of the attempts was slow. */
  readonly slow: boolean;
  /** Nothing began because the organization has reached its limit: try again after this many milliseconds. Else null. */
  readonly laterMs: number | null;
}

export interface AdmitInput {
  readonly webhookId: string;
  /** Start of the list, in the order of due times and ids. Null: the first. */
  readonly from: readonly [dueAt: number, deliveryId: string] | null;
  /** End of the due times, in milliseconds since the epoch. Null: none. */
  readonly until: number | null;
  readonly most: number;
}

export interface Admitted {
  /** In the order of due times and ids. */
  readonly list: readonly WaitingEntry[];
  /** Whether more rows wait. */
  readonly more: boolean;
  /** All waiting deliveries were cancelled, except those in the list. */
  readonly cleared: boolean;
  /** As in {@link Attempted}. Older histories do not have it. */
  readonly atOnce?: number | null;
}
