import { cancellationSignal } from '@temporalio/activity';
import type { SharedQuota } from '../../core/fairness/quota.ts';
import type { BatchLimits } from '../../core/ground/batchLimits.ts';
import { inShare } from './inShare.ts';
import { whileBeating } from './whileBeating.ts';

/**
 * Does a part of an organization's work, in its share of the worker.
 *
 * @param organizationId - null if the work is gone, with its webhook or its organization
 * @param some - does the part. @returns whether more is left
 */
export async function partly(
  places: SharedQuota,
  maxMs: number,
  organizationId: string | null,
  some: (limits: BatchLimits) => Promise<boolean>,
): Promise<boolean> {
  if (organizationId === null) return false;
  return inShare(places, organizationId, () =>
    whileBeating(({ beat }) => some({ onProgress: beat, maxMs, signal: cancellationSignal() })),
  );
}
