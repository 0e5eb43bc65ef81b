import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { admit } from '../../core/deliveries/admit.ts';
import { type AttemptBounds, type AttemptParts, attemptSome } from '../../core/deliveries/attemptSome.ts';
import { cancelOne } from '../../core/deliveries/cancelOne.ts';
import type { AdmitInput, Admitted, Attempted, AttemptSomeInput } from '../../core/deliveries/ownership.ts';
import { countWaiting } from '../../core/deliveries/waitingRows.ts';
import type { Shares } from '../../core/fairness/shares.ts';

/** The workflow's time, milliseconds since the epoch: ahead of the clock's where time is skipped. */
interface Timed {
  readonly now: number;
}

export interface DeliveryActivityParts extends AttemptParts {
  /** The same as `places`, for what is attempted within a workflow's own task: those are few. */
  readonly localPlaces: Shares;
  /** Whether workflows may set their search attributes in this namespace. */
  readonly findable: () => Promise<boolean>;
  /** Longest that one activity begins new attempts, in milliseconds. */
  readonly attemptAtMostMs: number;
}

/** A worker that says nothing for longer may have been taken for dead: Temporal waits 10 s. Milliseconds. */
const heardMs = 8_000;

/** Says that an activity lives, and knows when it may not have been heard: by a clock that stands still for nobody. */
function beating() {
  let beatAt = performance.now();
  let isLost = false;
  const isHeld = () => {
    isLost ||= performance.now() - beatAt > heardMs;
    return !isLost;
  };
  return {
    isHeld,
    beat() {
      isHeld();
      beatAt = performance.now();
      heartbeat();
    },
  };
}

async function whileBeating<T>(work: (beat: { isHeld: () => boolean; beat: () => void }) => Promise<T>): Promise<T> {
  const beat = beating();
  const timer = setInterval(beat.beat, 2_000);
  try {
    return await work(beat);
  } finally {
    clearInterval(timer);
  }
}

/** Time for attempts: the workflow's, where that is ahead. */
function timeSourceFrom(now: number): AttemptBounds['chance'] {
  const lead = Math.max(0, now - Date.now());
  return { now: () => Date.now() + lead, random: Math.random };
}

/** What attempts came to, and whether the workflow may say of itself what it is found by. */
export interface AttemptedFindable extends Attempted {
  readonly findable?: boolean;
}

/** The activities behind webhooks' deliveries. */
export function createDeliveryActivities(parts: DeliveryActivityParts) {
  const withFindable = async (attempted: Attempted): Promise<AttemptedFindable> => ({
    ...attempted,
    // To be found must not hold up a retry.
    findable: await parts.findable().catch(() => false),
  });
  return {
    /** Attempts deliveries that are due. */
    attemptSome: async (input: AttemptSomeInput & Timed): Promise<AttemptedFindable> =>
      withFindable(
        await whileBeating(({ beat, isHeld }) =>
          attemptSome(parts, input, {
            chance: timeSourceFrom(input.now),
            onProgress: beat,
            isHeld,
            atMostMs: parts.attemptAtMostMs,
            signal: cancellationSignal(),
          }),
        ),
      ),

    /** The same for few, as a local activity: a worker that dies meanwhile is noticed by the workflow's task. */
    attemptFew: async (input: AttemptSomeInput & Timed): Promise<AttemptedFindable> =>
      withFindable(
        await attemptSome({ ...parts, places: parts.localPlaces }, input, {
          chance: timeSourceFrom(input.now),
          onProgress() {},
          atMostMs: parts.attemptAtMostMs,
          signal: cancellationSignal(),
        }),
      ),

    /** How many wait, also those that the workflow does not carry. */
    countWaiting: (webhookId: string): Promise<number> => countWaiting(parts.pool, webhookId),

    /** Lists what waits in rows. */
    admit: (input: AdmitInput & Timed): Promise<Admitted> =>
      whileBeating(({ beat }) =>
        admit(parts, input, { now: timeSourceFrom(input.now).now, onProgress: beat, signal: cancellationSignal() }),
      ),

    /** Ends a waiting delivery. @returns whether it waited */
    cancelDelivery: (input: { webhookId: string; deliveryId: string; reason: string } & Timed): Promise<boolean> =>
      cancelOne(parts, input),

    /** What workflows asked for before they owned their deliveries: those that still do are told to look again, and move on. */
    attemptDue: async (_: { webhookId: string; now: number }): Promise<number | null> => 1_000,
  };
}
