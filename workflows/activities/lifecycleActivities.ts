import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { type RecoverParts, recoverSome } from '../../core/recoveries/recoverSome.ts';
import { retireDue } from '../../core/webhooks/retireDue.ts';

export interface RetireSecretInput {
  readonly secretId: string;
  /** The workflow's time, milliseconds since the epoch. In tests that skip time it is ahead of the clock. */
  readonly now: number;
}

export interface LifecycleActivityParts extends RecoverParts {
  /** Longest time in which one activity takes new work, in milliseconds. */
  readonly atMostMs: number;
}

/** The activities for webhooks' secrets and recoveries. */
export function createLifecycleActivities(parts: LifecycleActivityParts) {
  return {
    /** Removes a secret whose deadline has passed. @returns milliseconds until its deadline, or null if the secret is gone */
    retireSecretDue: ({ secretId, now }: RetireSecretInput): Promise<number | null> =>
      retireDue(parts.pool, secretId, now),

    /** Replays parts of a recovery. @returns whether there is more to do */
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
