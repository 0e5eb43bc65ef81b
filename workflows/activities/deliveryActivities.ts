import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { type DrainParts, drain } from '../../server/deliveries/drain.ts';

/** Arguments and results that pass through workflows' histories: ids and times, never payloads. */
export interface AttemptDueInput {
  readonly webhookId: string;
  /** The workflow's time, milliseconds since the epoch: ahead of the clock's where time is skipped. */
  readonly now: number;
}

export interface DeliveryActivityParts extends DrainParts {
  /** Longest that one activity keeps taking new work, in milliseconds. */
  readonly drainAtMostMs: number;
}

/** The activity behind webhooks' deliveries. */
export function createDeliveryActivities(parts: DeliveryActivityParts) {
  return {
    /** Attempts what is due; returns milliseconds until the webhook's next delivery is, or null where none waits. */
    async attemptDue(input: AttemptDueInput): Promise<number | null> {
      const beganAt = Date.now();
      const lead = Math.max(0, input.now - beganAt);
      const timer = setInterval(() => heartbeat(), 2_000);
      try {
        return await drain(parts, input.webhookId, {
          chance: { now: () => Date.now() + lead, random: Math.random },
          onProgress: () => heartbeat(),
          atMostMs: parts.drainAtMostMs,
          signal: cancellationSignal(),
        });
      } finally {
        clearInterval(timer);
      }
    },
  };
}
