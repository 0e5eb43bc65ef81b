import type { Envelope } from '../profiles/profile.ts';
import type { AttemptOutcome, DeliveryStatus } from '../store/prisma/enums.ts';
import type { FailedAttempt } from './nextAttempt.ts';
import type { DeliverableWebhook } from './routing.ts';

/** One delivery whose next attempt is to be made. */
export interface DeliveryTask {
  readonly envelope: Envelope;
  readonly webhook: DeliverableWebhook;
  /** Number of the attempt to be made, from 1. */
  readonly attempt: number;
  /** What its administrator sends to see that it arrives: a stopped webhook gets it, and it counts nowhere. Absent: no. */
  readonly isTest?: boolean;
  /** What its workflow drew for the delay after this attempt, should it fail. Absent: whoever makes the attempt draws. */
  readonly draw?: number;
}

/** What the workflow of a delivery that is to be retried is told: when that is due follows from it and the webhook's terms. */
export type Retry = Pick<FailedAttempt, 'endedAt' | 'askedMs' | 'draw'>;

/** What one attempt came to, and what follows from it. */
export interface AttemptResult {
  readonly task: DeliveryTask;
  readonly startedAt: Date;
  /** The number of the request's template; null where no request left. */
  readonly template: number | null;
  /** The bytes of its signatures, one after the other, in hexadecimal. Null where there are none. */
  readonly signatures: string | null;
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
  /** Null where no other attempt follows. */
  readonly retry: Retry | null;
}
