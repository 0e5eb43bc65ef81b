import { cancellationSignal } from '@temporalio/activity';
import type { KeyedTurns } from '../../core/fairness/keyedTurns.ts';
import type { SharedQuota } from '../../core/fairness/quota.ts';
import type { BatchLimits } from '../../core/ground/batchLimits.ts';
import { inShare } from './inShare.ts';
import { whileBeating } from './whileBeating.ts';

/** How organizations share a worker's work that is done in batches. */
export interface BatchShares {
  /** Pieces of work in progress in this process, by organization. */
  readonly places: SharedQuota;
  /** One batch of an organization at a time, so that its many jobs take no more of the database than one. */
  readonly batchTurns: KeyedTurns;
}

/**
 * Does a part of an organization's work, in its share of the worker.
 *
 * @param organizationId - null if the work is gone, with its webhook or its organization
 * @param some - does the part. @returns whether more is left
 */
export async function partly(
  { places, batchTurns }: BatchShares,
  maxMs: number,
  organizationId: string | null,
  some: (limits: BatchLimits) => Promise<boolean>,
): Promise<boolean> {
  if (organizationId === null) return false;
  return inShare(places, organizationId, () =>
    whileBeating(({ beat }) =>
      some({
        onProgress: beat,
        maxMs,
        signal: cancellationSignal(),
        inTurn: (batch) => batchTurns.run(organizationId, batch),
      }),
    ),
  );
}
