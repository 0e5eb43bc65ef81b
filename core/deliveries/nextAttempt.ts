/** A webhook's retry schedule. */
export interface RetryTerms {
  /** Delays before the retries, from the first on, in milliseconds. */
  readonly scheduleMs: readonly number[];
  /** Maximum random change of a delay, as a fraction: 0.1 is ±10 %. */
  readonly jitter: number;
}

/** The time of the next attempt follows from this and the terms. */
export interface FailedAttempt {
  /** Its number, from 1. */
  readonly made: number;
  /** When it ended, in milliseconds since the epoch. */
  readonly endedAt: number;
  /** The receiver's Retry-After in milliseconds, if its profile honours that; else null. */
  readonly askedMs: number | null;
  /** The random draw for the jitter: an integer from 0 (shortest delay) to {@link maxDraw}. */
  readonly draw: number;
}

/** Few distinct delays: they spread a load, and deliveries that fail together are still due together. */
export const maxDraw = 8;

/** @param random - in [0, 1) */
export const drawOf = (random: number): number => Math.floor(random * (maxDraw + 1));

/** Due times are multiples of a slot, so that attempts of one webhook are made together. Milliseconds. */
const shortSlotMs = 500;
const longSlotMs = 1_000;
/** Delays from this on use the longer slots. Milliseconds. */
const longFromMs = 30_000;

/** The slot for an attempt after this delay. Milliseconds. */
const slotMs = (delayMs: number): number => (delayMs < longFromMs ? shortSlotMs : longSlotMs);

/**
 * When the attempt after a failed one is due, in milliseconds since the epoch; null if that was the last. Never before the delay
 * is over, and at most one slot after it.
 *
 * A receiver may ask for a longer delay, but not for a shorter one, and by at most the delay that would follow.
 *
 * This is a pure function: the process that records an attempt and the workflow that owns the delivery compute the same time.
 */
export function nextAttemptAt({ made, endedAt, askedMs, draw }: FailedAttempt, terms: RetryTerms): number | null {
  const { scheduleMs, jitter } = terms;
  const wanted = scheduleMs[made - 1];
  if (wanted === undefined) return null;
  const swing = (2 * draw) / maxDraw - 1;
  // Long delays leave room for their slot, so that no attempt is later than the jitter allows.
  const longest = wanted < longFromMs ? wanted * (1 + jitter) : Math.max(wanted, wanted * (1 + jitter) - longSlotMs);
  const drawn = Math.min(wanted * (1 + jitter * swing), longest);
  const most = wanted + (scheduleMs[made] ?? wanted);
  const delay = Math.max(drawn, Math.min(askedMs ?? 0, most));
  const slot = slotMs(delay);
  return Math.ceil((endedAt + delay) / slot) * slot;
}

/** The index of terms in a list; adds them if they are missing. */
export function indexOfTerms(terms: RetryTerms, list: RetryTerms[]): number {
  const found = list.findIndex(
    (each) => each.jitter === terms.jitter && each.scheduleMs.join() === terms.scheduleMs.join(),
  );
  return found === -1 ? list.push(terms) - 1 : found;
}
