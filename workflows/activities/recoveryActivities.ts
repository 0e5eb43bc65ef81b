import { cancellationSignal } from '@temporalio/activity';
import type { SharedQuota } from '../../core/fairness/quota.ts';
import { organizationOf, type RecoverParts, recoverSome } from '../../core/recoveries/recoverSome.ts';
import { ownerOfWebhook } from '../../core/store/webhookOwner.ts';
import { type ResumeParts, resumeSome } from '../../core/webhooks/resumeSome.ts';
import { inShare } from './inShare.ts';
import { whileBeating } from './whileBeating.ts';

export interface RecoveryActivityParts extends RecoverParts, ResumeParts {
  /** Longest time that one activity works on a recovery, in milliseconds. */
  readonly recoverAtMostMs: number;
  /** Recoveries and resuming webhooks in progress in this process, by organization. */
  readonly recoveryPlaces: SharedQuota;
}

/** The activities behind recoveries and resuming webhooks. */
export function createRecoveryActivities(parts: RecoveryActivityParts) {
  return {
    /** Replays batches of a recovery. @returns whether more is left */
    recoverSome: async (recoveryId: string): Promise<boolean> => {
      const organizationId = await organizationOf(parts.pool, recoveryId);
      // It went with its webhook.
      if (organizationId === null) return false;
      return inShare(parts.recoveryPlaces, organizationId, () =>
        whileBeating(({ beat }) =>
          recoverSome(parts, recoveryId, {
            onProgress: beat,
            maxMs: parts.recoverAtMostMs,
            signal: cancellationSignal(),
          }),
        ),
      );
    },

    /** Sends batches of what a resuming webhook holds. @returns whether more is left */
    resumeSome: async (webhookId: string): Promise<boolean> => {
      const owner = await ownerOfWebhook(parts.pool, webhookId);
      if (!owner) return false;
      return inShare(parts.recoveryPlaces, owner.organizationId, () =>
        whileBeating(({ beat }) =>
          resumeSome(parts, webhookId, {
            onProgress: beat,
            maxMs: parts.recoverAtMostMs,
            signal: cancellationSignal(),
          }),
        ),
      );
    },
  };
}
