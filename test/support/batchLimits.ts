import type { BatchLimits } from '../../core/ground/batchLimits.ts';

/** Limits of work that is alone, so that it is always its turn. @param maxMs - in milliseconds */
export const alone = (maxMs: number): BatchLimits => ({
  onProgress() {},
  maxMs,
  signal: new AbortController().signal,
  inTurn: (batch) => batch(),
});
