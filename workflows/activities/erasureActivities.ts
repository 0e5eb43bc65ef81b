import { cancellationSignal } from '@temporalio/activity';
import { type EraseParts, eraseSome, organizationOf } from '../../core/erasures/eraseSome.ts';
import type { SharedQuota } from '../../core/fairness/quota.ts';
import { inShare } from './inShare.ts';
import { whileBeating } from './whileBeating.ts';

export interface ErasureActivityParts extends EraseParts {
  /** Longest time that one activity works on an erasure, in milliseconds; the same as for a recovery. */
  readonly recoverAtMostMs: number;
  /** Recoveries and erasures in progress in this process, by organization. */
  readonly recoveryPlaces: SharedQuota;
}

/** The activity behind erasures. */
export function createErasureActivities(parts: ErasureActivityParts) {
  return {
    /** Erases batches of an erasure. @returns whether more is left */
    eraseSome: async (erasureId: string): Promise<boolean> => {
      const organizationId = await organizationOf(parts.pool, erasureId);
      // It went with its organization.
      if (organizationId === null) return false;
      return inShare(parts.recoveryPlaces, organizationId, () =>
        whileBeating(({ beat }) =>
          eraseSome(parts, erasureId, { onProgress: beat, maxMs: parts.recoverAtMostMs, signal: cancellationSignal() }),
        ),
      );
    },
  };
}
