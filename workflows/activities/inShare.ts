import { ApplicationFailure, activityInfo } from '@temporalio/activity';
import type { SharedQuota } from '../../core/fairness/quota.ts';

/** First and longest time after which an activity without a place is tried again, in milliseconds. */
const firstMs = 2_000;
const maxMs = 30_000;

/**
 * When an activity that found no place comes again: after a random time of up to twice as long with each try, so that a
 * thousand that wait do not keep the worker busy with coming again.
 *
 * @param attempt - tries so far, this one included
 * @returns milliseconds
 */
export const comesAgainMs = (attempt: number, random: number): number =>
  Math.round(Math.min(firstMs * 2 ** (attempt - 1), maxMs) * (0.5 + random / 2));

/**
 * Does an activity's work where its organization may have one more place of the worker. Otherwise the activity fails at once,
 * and Temporal tries it again later: it waits without a slot of the worker, and without an event in its workflow's history.
 *
 * @param onLater - called where there is no place, with the time until the next try in milliseconds
 */
export async function inShare<T>(
  places: SharedQuota,
  organizationId: string,
  work: () => Promise<T>,
  onLater: (ms: number) => Promise<unknown> = async () => {},
): Promise<T> {
  const leave = places.acquire(organizationId);
  if (leave === null) {
    const nextRetryDelay = comesAgainMs(activityInfo().attempt, Math.random());
    await onLater(nextRetryDelay);
    throw ApplicationFailure.create({
      type: 'Crowded',
      message: "The organization's share of this worker is in use: it is tried again later.",
      category: 'BENIGN',
      nextRetryDelay,
    });
  }
  try {
    return await work();
  } finally {
    leave();
  }
}
