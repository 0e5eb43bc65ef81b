import type { Envelope } from '../profiles/profile.ts';
import type { AttemptOutcome, DeliveryStatus } from '../store/prisma/enums.ts';
import type { DeliverableWebhook } from './routing.ts';

/** One delivery whose next attempt is to be made. */
export interface DeliveryTask {
  readonly envelope: Envelope;
  readonly webhook: DeliverableWebhook;
  /** Number of the attempt to be made, from 1. */
  readonly attempt: number;
}

/** What one attempt came to, and what follows from it. */
export interface AttemptResult {
  readonly task: DeliveryTask;
  readonly startedAt: Date;
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
}
