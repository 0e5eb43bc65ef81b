import { cancellationSignal } from '@temporalio/activity';
import { admit } from '../../core/deliveries/admit.ts';
import { type AttemptBounds, type AttemptParts, attemptSome } from '../../core/deliveries/attemptSome.ts';
import { cancelOne } from '../../core/deliveries/cancelOne.ts';
import type { AdmitInput, Admitted, Attempted, AttemptSomeInput } from '../../core/deliveries/ownership.ts';
import { countWaiting } from '../../core/deliveries/waitingRows.ts';
import type { Shares } from '../../core/fairness/shares.ts';
import { whileBeating } from './whileBeating.ts';

/** The workflow's time, milliseconds since the epoch. In tests that skip time it is ahead of the clock. */
interface Timed {
  readonly now: number;
}

export interface DeliveryActivityParts extends AttemptParts {
  /** The same as `places`, for the few attempts that run within a workflow's own task. */
  readonly localPlaces: Shares;
  /** Whether workflows may set their search attributes in this namespace. */
  readonly findable: () => Promise<boolean>;
  /** Longest time in which one activity starts new attempts, in milliseconds. */
  readonly attemptAtMostMs: number;
}

/** The time for attempts: the workflow's, if that is ahead. */
function timeSourceFrom(now: number): AttemptBounds['time'] {
  const lead = Math.max(0, now - Date.now());
  return { now: () => Date.now() + lead, random: Math.random };
}

/** The outcomes of attempts, and whether the workflow may set its search attributes. */
export interface AttemptedFindable extends Attempted {
  readonly findable?: boolean;
}

/** The activities for webhooks' deliveries. */
export function createDeliveryActivities(parts: DeliveryActivityParts) {
  const withFindable = async (attempted: Attempted): Promise<AttemptedFindable> => ({
    ...attempted,
    // The check of search attributes must not hold up a retry.
    findable: await parts.findable().catch(() => false),
  });
  return {
    /** Attempts deliveries that are due. */
    attemptSome: async (input: AttemptSomeInput & Timed): Promise<AttemptedFindable> =>
      withFindable(
        await whileBeating(({ beat, isHeld }) =>
          attemptSome(parts, input, {
            time: timeSourceFrom(input.now),
            onProgress: beat,
            isHeld,
            atMostMs: parts.attemptAtMostMs,
            signal: cancellationSignal(),
          }),
        ),
      ),

    /** The same for a few, as a local activity: if a worker dies, the workflow's task times out and shows it. */
    attemptFew: async (input: AttemptSomeInput & Timed): Promise<AttemptedFindable> =>
      withFindable(
        await attemptSome({ ...parts, places: parts.localPlaces }, input, {
          time: timeSourceFrom(input.now),
          onProgress() {},
          atMostMs: parts.attemptAtMostMs,
          signal: cancellationSignal(),
        }),
      ),

    /** Counts all waiting deliveries, also those that the workflow does not carry. */
    countWaiting: (webhookId: string): Promise<number> => countWaiting(parts.pool, webhookId),

    /** Lists waiting deliveries from the rows. */
    admit: (input: AdmitInput & Timed): Promise<Admitted> =>
      whileBeating(({ beat }) =>
        admit(parts, input, { now: timeSourceFrom(input.now).now, onProgress: beat, signal: cancellationSignal() }),
      ),

    /** Cancels a waiting delivery. @returns whether it waited */
    cancelDelivery: (input: { webhookId: string; deliveryId: string; reason: string } & Timed): Promise<boolean> =>
      cancelOne(parts, input),

    /**
     * What workflows called before they owned their deliveries. One that still does is told to come back, and then
     * moves on.
     */
    attemptDue: async (_: { webhookId: string; now: number }): Promise<number | null> => 1_000,
  };
}
