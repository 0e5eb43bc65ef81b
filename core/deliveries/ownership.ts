import type { WebhookHealth } from '../store/prisma/enums.ts';
import type { RetryTerms } from './nextAttempt.ts';

/*
 * What a webhook's workflow, which owns its deliveries' retries, and those who make attempts tell each other. It lies in
 * workflows' histories: ids, times and numbers, never payloads.
 */

/** A failed attempt: the delivery, the attempt's number, when it ended, what the receiver asked, the draw, and whose terms hold. */
export type FailedEntry = readonly [
  deliveryId: string,
  made: number,
  endedAt: number,
  askedMs: number | null,
  draw: number,
  terms: number,
];

/** First attempts that failed and are to be retried. */
export interface Failures {
  readonly organizationId: string;
  /** The webhook's terms as they were when the attempts were recorded; entries name theirs by its index. */
  readonly terms: readonly RetryTerms[];
  readonly list: readonly FailedEntry[];
  /** Whether one of them took long. */
  readonly slow: boolean;
  /** As in {@link Attempted}. */
  readonly atOnce: number | null;
}

/** An attempt that takes longer is slow: a workflow's own task must not wait for such. Milliseconds. */
export const slowMs = 1_000;

/** A waiting delivery: attempts made, and when the next is due, in milliseconds since the epoch. */
export type WaitingEntry = readonly [deliveryId: string, made: number, dueAt: number];

/** What a webhook's workflow is told. */
export type DeliverSignal =
  /** Its first attempts that failed. */
  | { readonly kind: 'failed'; readonly failures: Failures }
  /** After this many milliseconds something is due that it may not know of. */
  | { readonly kind: 'wake'; readonly delayMs: number; readonly andLater: boolean }
  /** This delivery is to be attempted now. Fails where the workflow does not take it. */
  | { readonly kind: 'retryNow'; readonly deliveryId: string };

/** Tells a webhook's workflow something, starting it where it does not run. */
export type SignalWorkflow = (webhookId: string, signal: DeliverSignal) => Promise<void>;

/** A delivery to be attempted: the attempt's number, the draw for the delay after it, and when it is due, not before. */
export type AttemptEntry = readonly [deliveryId: string, number: number, draw: number, dueAt: number];

export interface AttemptSomeInput {
  readonly webhookId: string;
  readonly list: readonly AttemptEntry[];
  /** Requests that may be under way at once; null: as many as the webhook may have. */
  readonly atOnce: number | null;
  /** Whether its workflow knows of none that waits besides. */
  readonly last: boolean;
}

/** What became of one of the list. */
export type Outcome =
  /** It waits for nothing more: delivered, failed for good, cancelled or gone. */
  | 'over'
  /** It was not attempted, for want of time or room. */
  | 'kept'
  /** It failed; when it is due again is for its workflow to say. */
  | readonly [endedAt: number, askedMs: number | null, terms: number]
  /** Its row says something else than its workflow thought, and is right. */
  | { readonly made: number; readonly dueAt: number };

/** Whose a webhook is and how it stands: what people find its workflow by. */
export interface About {
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly health: WebhookHealth;
}

export interface Attempted {
  /** In the order of the list. */
  readonly outcomes: readonly Outcome[];
  readonly terms: readonly RetryTerms[];
  /** The webhook's organization; null where the webhook is gone. */
  readonly organizationId: string | null;
  /** Null where the webhook is gone, or nothing was begun. */
  readonly about?: About | null;
  /** Requests that may be under way to the webhook at once; null where each depends on how the last ended. */
  readonly atOnce: number | null;
  /** Everything that waited was ended: what waits all the same is to be read anew. */
  readonly cleared: boolean;
  /** Whether deliveries wait that are not in the list, though it was the last. */
  readonly others: boolean;
  /** Whether one of the attempts took long. */
  readonly slow: boolean;
  /** Nothing was begun, because its organization has as much under way as it may: come back after this many milliseconds. */
  readonly laterMs: number | null;
}

export interface AdmitInput {
  readonly webhookId: string;
  /** Only from this place on, in the order of due times and ids. Null: from the first on. */
  readonly from: readonly [dueAt: number, deliveryId: string] | null;
  /** Only what is due by then, in milliseconds since the epoch. Null: everything. */
  readonly until: number | null;
  readonly most: number;
}

export interface Admitted {
  /** In the order of due times and ids. */
  readonly list: readonly WaitingEntry[];
  /** Whether more rows wait than the list has. */
  readonly more: boolean;
  /** Everything that waited was ended, but for what the list has. */
  readonly cleared: boolean;
}
