import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { type RecoverParts, recoverSome } from '../../core/recoveries/recoverSome.ts';
import { retireDue } from '../../core/webhooks/retireDue.ts';

export interface RetireSecretInput {
  readonly secretId: string;
  /** The workflow's time, milliseconds since the epoch: ahead of the clock's where time is skipped. */
  readonly now: number;
}

export interface LifecycleActivityParts extends RecoverParts {
  /** Longest that one activity keeps taking new work, in milliseconds. */
  readonly atMostMs: number;
}

/** The activities behind webhooks' secrets and recoveries. */
export function createLifecycleActivities(parts: LifecycleActivityParts) {
  return {
    /** Takes a secret away whose deadline has passed; returns milliseconds until it, or null where the secret is gone. */
    retireSecretDue: ({ secretId, now }: RetireSecretInput): Promise<number | null> =>
      retireDue(parts.pool, secretId, now),

    /** Replays parts of a recovery; returns whether there is more to do. */
    async recoverSome(recoveryId: string): Promise<boolean> {
      const timer = setInterval(() => heartbeat(), 2_000);
      try {
        return await recoverSome(parts, recoveryId, {
          onProgress: () => heartbeat(),
          maxMs: parts.atMostMs,
          signal: cancellationSignal(),
        });
      } finally {
        clearInterval(timer);
      }
    },
  };
}
