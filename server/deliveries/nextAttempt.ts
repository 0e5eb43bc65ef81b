/** What decides when the next attempt of a delivery is due. Times and delays are milliseconds. */
export interface RetryTerms {
  /** Delays before the retries, from the first on. */
  readonly scheduleMs: readonly number[];
  /** Largest part of a delay that is added or taken away at random: 0.1 is ±10 %. */
  readonly jitter: number;
  /** What the receiver asked to wait, where its profile honours that; null where it asked for nothing. */
  readonly askedMs: number | null;
}

/** Different delays that jitter makes of one: enough to spread a load, few enough that deliveries still share a wake. */
const jitterSteps = 8;
/** From this delay on, attempts are due on whole seconds, so that those of one webhook share a wake. */
const wholeSecondsFromMs = 30_000;

/**
 * When the attempt that follows attempt `made` is due; null where that was the last.
 *
 * A receiver that asks for more time gets it, never less than the schedule's, and by no more than the slot that would follow.
 *
 * @param made - number of the attempt that failed, from 1
 * @param endedAt - when it ended, milliseconds since the epoch
 * @param random - a number in [0, 1)
 */
export function nextAttemptAt(made: number, endedAt: number, terms: RetryTerms, random: () => number): Date | null {
  const { scheduleMs, jitter, askedMs } = terms;
  const slot = scheduleMs[made - 1];
  if (slot === undefined) return null;
  const swing = jitter === 0 ? 0 : (2 * Math.floor(random() * (jitterSteps + 1))) / jitterSteps - 1;
  const delay = slot * (1 + jitter * swing);
  const most = slot + (scheduleMs[made] ?? slot);
  const asked = askedMs === null ? 0 : Math.min(askedMs, most);
  const due = endedAt + Math.max(delay, asked);
  if (slot < wholeSecondsFromMs) return new Date(Math.ceil(due));
  // Towards the slot's middle, so that rounding never leaves the bounds of the jitter.
  const round = swing > 0 && asked <= delay ? Math.floor : Math.ceil;
  return new Date(round(due / 1_000) * 1_000);
}
