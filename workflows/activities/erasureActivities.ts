import { type EraseParts, eraseSome } from '../../core/erasures/eraseSome.ts';
import { organizationOf } from '../../core/store/organizationOf.ts';
import { type BatchShares, partly } from './partly.ts';

export interface ErasureActivityParts extends EraseParts {
  /** Longest time that one activity works on an erasure, in milliseconds; the same as for a recovery. */
  readonly recoverAtMostMs: number;
  /** Recoveries and erasures in progress in this process, by organization. */
  readonly recoveryPlaces: BatchShares;
}

/** The activity behind erasures. */
export function createErasureActivities(parts: ErasureActivityParts) {
  const { pool, recoveryPlaces: places, recoverAtMostMs: maxMs } = parts;
  return {
    /** Erases batches of an erasure. @returns whether more is left */
    eraseSome: async (erasureId: string): Promise<boolean> =>
      partly(places, maxMs, await organizationOf(pool, 'erasure', erasureId), (limits) =>
        eraseSome(parts, erasureId, limits),
      ),
  };
}
