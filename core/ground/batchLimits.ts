/** How far one call goes with work that is done in batches. */
export interface BatchLimits {
  readonly onProgress: () => void;
  /** After this time, in milliseconds, no new batch begins. */
  readonly maxMs: number;
  readonly signal: AbortSignal;
}
