import type { Envelope } from '../profiles/profile.ts';
import type { AttemptOutcome, DeliveryStatus } from '../store/prisma/enums.ts';
import type { EventTrace } from '../tracing/tracing.ts';
import type { FailedAttempt } from './nextAttempt.ts';
import type { DeliverableWebhook } from './routing.ts';

/** A delivery and its next attempt. */
export interface DeliveryTask {
  readonly envelope: Envelope;
  readonly webhook: DeliverableWebhook;
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** A test by an administrator: a stopped webhook gets it, too, and it counts nowhere. Absent: false. */
  readonly isTest?: boolean;
  /** The workflow's draw for the delay after a failure. Absent: the process that makes the attempt draws. */
  readonly draw?: number;
  /**
   * The trace that this attempt continues, because it follows at once. Absent or null: it stands for itself, and only refers to
   * the trace of its event.
   */
  readonly trace?: EventTrace | null;
}

/** With the webhook's terms, this gives the time of the next attempt. It goes to the delivery's workflow. */
export type Retry = Pick<FailedAttempt, 'endedAt' | 'askedMs' | 'draw'>;

/** The result of one attempt, and what follows. */
export interface AttemptResult {
  readonly task: DeliveryTask;
  readonly startedAt: Date;
  /** The number of the request's template; null if no request was sent. */
  readonly template: number | null;
  /** Its signatures, concatenated, in hexadecimal. Null if there are none. */
  readonly signatures: string | null;
  /** What is kept of the `traceparent` that was sent, in hexadecimal. Absent or null: none was sent. */
  readonly sentTraceparent?: string | null;
  readonly durationMs: number;
  readonly outcome: AttemptOutcome;
  readonly responseCode: number | null;
  /** JSON text: a list of name and value pairs. */
  readonly responseHeaders: string | null;
  readonly responseBody: string | null;
  readonly responseTruncated: boolean;
  readonly error: string | null;
  readonly status: Extract<DeliveryStatus, 'DELIVERED' | 'RETRYING' | 'FAILED'>;
  readonly statusReason: string | null;
  readonly nextAttemptAt: Date | null;
  /** Where its span stands, for the log. Absent or null: it has none. */
  readonly traceparent?: string | null;
  /** Null if no attempt follows. */
  readonly retry: Retry | null;
}

/** A delivery that could not be sent, by the installation's fault. */
export interface Withheld {
  readonly task: DeliveryTask;
  /** Why, for the delivery's status. */
  readonly withheld: string;
  /** When to try again, in milliseconds since the epoch. */
  readonly dueAt: number;
}

export const isWithheld = (result: AttemptResult | Withheld): result is Withheld => 'withheld' in result;
