import { type RecoverParts, recoverSome } from '../../core/recoveries/recoverSome.ts';
import { organizationOf } from '../../core/store/organizationOf.ts';
import { ownerOfWebhook } from '../../core/store/webhookOwner.ts';
import { type ResumeParts, resumeSome } from '../../core/webhooks/resumeSome.ts';
import { type BatchShares, partly } from './partly.ts';

export interface RecoveryActivityParts extends RecoverParts, ResumeParts {
  /** Longest time that one activity works on a recovery, in milliseconds. */
  readonly recoverAtMostMs: number;
  /** Recoveries and resuming webhooks in progress in this process, by organization. */
  readonly recoveryPlaces: BatchShares;
}

/** The activities behind recoveries and resuming webhooks. */
export function createRecoveryActivities(parts: RecoveryActivityParts) {
  const { pool, recoveryPlaces: places, recoverAtMostMs: maxMs } = parts;
  return {
    /** Replays batches of a recovery. @returns whether more is left */
    recoverSome: async (recoveryId: string): Promise<boolean> =>
      partly(places, maxMs, await organizationOf(pool, 'recovery', recoveryId), (limits) =>
        recoverSome(parts, recoveryId, limits),
      ),

    /** Sends batches of what a resuming webhook holds. @returns whether more is left */
    resumeSome: async (webhookId: string): Promise<boolean> =>
      partly(places, maxMs, (await ownerOfWebhook(pool, webhookId))?.organizationId ?? null, (limits) =>
        resumeSome(parts, webhookId, limits),
      ),
  };
}
