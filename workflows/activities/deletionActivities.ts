import { cancellationSignal } from '@temporalio/activity';
import { organizationOfDeletion, type RemoveParts, removeSome } from '../../core/deletions/removeSome.ts';
import type { SharedQuota } from '../../core/fairness/quota.ts';
import { inShare } from './inShare.ts';
import { whileBeating } from './whileBeating.ts';

export interface DeletionActivityParts extends RemoveParts {
  /** Longest time that one activity works on a deletion, in milliseconds. */
  readonly deleteAtMostMs: number;
  /** Deletions in progress in this process, by organization. */
  readonly deletionPlaces: SharedQuota;
}

/** The activity behind deletions of organizations and projects. */
export function createDeletionActivities(parts: DeletionActivityParts) {
  return {
    /** Goes on with a deletion. @returns whether more is left */
    deleteSome: async (deletionId: string): Promise<boolean> => {
      const organizationId = await organizationOfDeletion(parts.pool, deletionId);
      if (organizationId === null) return false;
      return inShare(parts.deletionPlaces, organizationId, () =>
        whileBeating(({ beat }) =>
          removeSome(parts, deletionId, {
            onProgress: beat,
            maxMs: parts.deleteAtMostMs,
            signal: cancellationSignal(),
          }),
        ),
      );
    },
  };
}
