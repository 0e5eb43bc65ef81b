/** When the attempts of a delivery are due. */
export interface RetrySchedule {
  /** Milliseconds before the second attempt, the third, … */
  readonly scheduleMs: readonly number[];
  /** Largest part of a delay that is added or taken away at random: 0.1 is ±10 %. */
  readonly jitter: number;
}

/**
 * The delay before an attempt, in whole milliseconds.
 *
 * @param attempt 1 for the first attempt, which has no delay.
 * @param random a number in [0, 1), uniformly distributed.
 * @returns null when the schedule has no such attempt any more.
 */
export function delayBefore(
  attempt: number,
  { scheduleMs, jitter }: RetrySchedule,
  random: () => number,
): number | null {
  if (attempt <= 1) return 0;
  const delay = scheduleMs[attempt - 2];
  if (delay === undefined) return null;
  return jitter === 0 ? delay : Math.round(delay * (1 + jitter * (2 * random() - 1)));
}
