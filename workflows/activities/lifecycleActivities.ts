import { cancellationSignal, heartbeat } from '@temporalio/activity';
import type { LifecycleWorkflows } from '../../server/lifecycle.ts';
import { forgottenRecoveries, type RecoverParts, recoverSome } from '../../server/recoveries/recoverSome.ts';
import { foldMinutes } from '../../server/stats/fold.ts';
import { retireDue, retireForgotten } from '../../server/webhooks/retireDue.ts';

export interface RetireSecretInput {
  readonly secretId: string;
  /** The workflow's time, milliseconds since the epoch: ahead of the clock's where time is skipped. */
  readonly now: number;
}

export interface LifecycleActivityParts extends RecoverParts {
  readonly workflows: LifecycleWorkflows;
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
          atMostMs: parts.atMostMs,
          signal: cancellationSignal(),
        });
      } finally {
        clearInterval(timer);
      }
    },

    /** Does what the workflows of secrets and recoveries should have done, where they never began. */
    async sweepLifecycleOnce(): Promise<void> {
      await retireForgotten(parts.pool);
      await foldMinutes(parts.pool);
      await parts.pool.query(
        `DELETE FROM action_key WHERE (organization_id, principal_id, key) IN
           (SELECT organization_id, principal_id, key FROM action_key WHERE expires_at < now() ORDER BY expires_at LIMIT 5000)`,
      );
      for (const id of await forgottenRecoveries(parts.pool)) await parts.workflows.recover(id);
    },
  };
}
