/** How a webhook's retries are spread over time. */
export interface RetryTerms {
  /** Delays before the retries, from the first on, in milliseconds. */
  readonly scheduleMs: readonly number[];
  /** Largest part of a delay that is added or taken away at random: 0.1 is ±10 %. */
  readonly jitter: number;
}

/** What the time of the next attempt follows from, besides the terms. */
export interface FailedAttempt {
  /** Its number, from 1. */
  readonly made: number;
  /** When it ended, in milliseconds since the epoch. */
  readonly endedAt: number;
  /** What the receiver asked to wait, in milliseconds, where its profile honours that; null where it asked for nothing. */
  readonly askedMs: number | null;
  /** What jitter makes of the delay: an integer from 0, the shortest, to {@link highestDraw}. */
  readonly draw: number;
}

/** Few different delays come of one: enough to spread a load, and deliveries that fail together still come due together. */
export const highestDraw = 8;

/** @param random - in [0, 1) */
export const drawOf = (random: number): number => Math.floor(random * (highestDraw + 1));

/** Attempts are due on slots, so that those of one webhook are made together. Milliseconds. */
const shortSlotMs = 500;
const longSlotMs = 1_000;
/** From this delay on the slots are the longer ones. Milliseconds. */
const longFromMs = 30_000;

/** The slots that an attempt after this delay is due on. Milliseconds. */
const slotMs = (delayMs: number): number => (delayMs < longFromMs ? shortSlotMs : longSlotMs);

/**
 * When the attempt that follows a failed one is due, in milliseconds since the epoch; null where that was the last. Never before
 * the delay is over, and at most one slot after it.
 *
 * A receiver that asks for more time gets it, never less than the schedule's, and by no more than the delay that would follow.
 *
 * Nothing else decides it: who records an attempt and the workflow that owns the delivery come to the same time by themselves.
 */
export function nextAttemptAt({ made, endedAt, askedMs, draw }: FailedAttempt, terms: RetryTerms): number | null {
  const { scheduleMs, jitter } = terms;
  const wanted = scheduleMs[made - 1];
  if (wanted === undefined) return null;
  const swing = (2 * draw) / highestDraw - 1;
  // The longest delay leaves room for its slot, where that is small beside the jitter: then no attempt leaves the jitter's bounds.
  const longest = wanted < longFromMs ? wanted * (1 + jitter) : Math.max(wanted, wanted * (1 + jitter) - longSlotMs);
  const drawn = Math.min(wanted * (1 + jitter * swing), longest);
  const most = wanted + (scheduleMs[made] ?? wanted);
  const delay = Math.max(drawn, Math.min(askedMs ?? 0, most));
  const slot = slotMs(delay);
  return Math.ceil((endedAt + delay) / slot) * slot;
}

/** Where a list of terms has these, which are added where it has not. */
export function indexOfTerms(terms: RetryTerms, list: RetryTerms[]): number {
  const found = list.findIndex(
    (each) => each.jitter === terms.jitter && each.scheduleMs.join() === terms.scheduleMs.join(),
  );
  return found === -1 ? list.push(terms) - 1 : found;
}
