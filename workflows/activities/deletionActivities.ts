import { type RemoveParts, removeSome } from '../../core/deletions/removeSome.ts';
import { organizationOf } from '../../core/store/organizationOf.ts';
import { type BatchShares, partly } from './partly.ts';

export interface DeletionActivityParts extends RemoveParts {
  /** Longest time that one activity works on a deletion, in milliseconds. */
  readonly deleteAtMostMs: number;
  /** Deletions in progress in this process, by organization. */
  readonly deletionPlaces: BatchShares;
}

/** The activity behind deletions of organizations and projects. */
export function createDeletionActivities(parts: DeletionActivityParts) {
  const { pool, deletionPlaces: places, deleteAtMostMs: maxMs } = parts;
  return {
    /** Goes on with a deletion. @returns whether more is left */
    deleteSome: async (deletionId: string): Promise<boolean> =>
      partly(places, maxMs, await organizationOf(pool, 'deletion', deletionId), (limits) =>
        removeSome(parts, deletionId, limits),
      ),
  };
}
