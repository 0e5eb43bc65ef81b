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

/** A worker that says nothing for longer may have been taken for dead: Temporal waits 10 s. Milliseconds. */
const heardMs = 8_000;

/** Says that an activity lives, and knows when it may not have been heard: by a clock that stands still for nobody. */
function beating() {
  let beatAt = performance.now();
  let isLost = false;
  const isHeld = () => {
    isLost ||= performance.now() - beatAt > heardMs;
    return !isLost;
  };
  return {
    isHeld,
    beat() {
      isHeld();
      beatAt = performance.now();
      heartbeat();
    },
  };
}

/** The activity behind webhooks' deliveries. */
export function createDeliveryActivities(parts: DeliveryActivityParts) {
  return {
    /** Attempts what is due; returns milliseconds until the webhook's next delivery is, or null where none waits. */
    async attemptDue(input: AttemptDueInput): Promise<number | null> {
      const beganAt = Date.now();
      const lead = Math.max(0, input.now - beganAt);
      const { beat, isHeld } = beating();
      const timer = setInterval(beat, 2_000);
      try {
        return await drain(parts, input.webhookId, {
          chance: { now: () => Date.now() + lead, random: Math.random },
          onProgress: beat,
          isHeld,
          atMostMs: parts.drainAtMostMs,
          signal: cancellationSignal(),
        });
      } finally {
        clearInterval(timer);
      }
    },
  };
}
