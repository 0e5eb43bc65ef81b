import { setTimeout as sleep } from 'node:timers/promises';

/** How far one call goes with work that is done in batches. */
export interface BatchLimits {
  readonly onProgress: () => void;
  /** After this time, in milliseconds, no new batch begins. */
  readonly maxMs: number;
  readonly signal: AbortSignal;
  /** Runs a batch, and the rest that follows it, when it is the work's turn among all that its organization has under way here. */
  readonly inTurn: <T>(batch: () => Promise<T>) => Promise<T>;
}

/** Rests for so many milliseconds, or until the work is to end. */
export const rest = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => {});
