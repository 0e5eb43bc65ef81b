import { cancellationSignal } from '@temporalio/activity';
import { admit } from '../../core/deliveries/admit.ts';
import { systemTime, type TimeSource } from '../../core/deliveries/attempt.ts';
import { type AttemptParts, attemptSome } from '../../core/deliveries/attemptSome.ts';
import { cancelOne } from '../../core/deliveries/cancelOne.ts';
import type { AdmitInput, Admitted, Attempted, AttemptSomeInput } from '../../core/deliveries/ownership.ts';
import { type QueryByIds, readBacklogs } from '../../core/deliveries/waiting.ts';
import type { Shares } from '../../core/fairness/shares.ts';
import { whileBeating } from './whileBeating.ts';
import { whileHeld } from './whileHeld.ts';

/** The workflow's time, milliseconds since the epoch. */
interface Timed {
  readonly now: number;
}

export interface DeliveryActivityParts extends AttemptParts {
  /** The same as `places`, for the few attempts that run within a workflow's own task. */
  readonly localPlaces: Shares;
  /** This process's id, as its `Presence` shows it. */
  readonly holder: string;
  /** Whether workflows may set their search attributes in this namespace. */
  readonly findable: () => Promise<boolean>;
  /** Longest time in which one activity starts new attempts, in milliseconds. */
  readonly attemptAtMostMs: number;
  /**
   * The time of what is done at a time of the workflow's. Where time is skipped, the workflow's runs ahead.
   *
   * @default this machine's, whatever clock Temporal has: no attempt begins early
   */
  readonly timeAt?: (workflowTime: number) => TimeSource;
}

/** The outcomes of attempts, and whether the workflow may set its search attributes. */
export interface AttemptedFindable extends Attempted {
  readonly findable?: boolean;
}

/** The activities for webhooks' deliveries. */
export function createDeliveryActivities(parts: DeliveryActivityParts) {
  const { attemptAtMostMs, timeAt = () => systemTime } = parts;
  const query: QueryByIds = async (text, ids) => (await parts.pool.query(text, [ids])).rows;
  const withFindable = async (attempted: Attempted): Promise<AttemptedFindable> => ({
    ...attempted,
    // The check of search attributes must not hold up a retry.
    findable: await parts.findable().catch(() => false),
  });
  return {
    /** Attempts deliveries that are due. */
    attemptSome: async (input: AttemptSomeInput & Timed): Promise<AttemptedFindable> =>
      withFindable(
        await whileHeld(parts.holder, ({ beat, ...hold }) =>
          attemptSome(parts, input, {
            ...hold,
            time: timeAt(input.now),
            onProgress: beat,
            atMostMs: attemptAtMostMs,
            signal: cancellationSignal(),
          }),
        ),
      ),

    /** The same for a few, as a local activity: if a worker dies, the workflow's task times out and shows it. */
    attemptFew: async (input: AttemptSomeInput & Timed): Promise<AttemptedFindable> => {
      const beganAt = performance.now();
      return withFindable(
        await attemptSome({ ...parts, places: parts.localPlaces }, input, {
          time: timeAt(input.now),
          onProgress() {},
          // Temporal gives the task to another worker 10 s after it last heard of it, also if this process stood still.
          isHeld: () => performance.now() - beganAt < attemptAtMostMs,
          atMostMs: attemptAtMostMs,
          signal: cancellationSignal(),
        }),
      );
    },

    /** Counts all waiting deliveries, also those that the workflow does not carry, as the API does. */
    countWaiting: async (webhookId: string): Promise<number> => {
      const [backlog] = await readBacklogs(query, [webhookId]);
      return backlog?.value.waiting ?? 0;
    },

    /** Lists waiting deliveries from the rows. */
    admit: (input: AdmitInput & Timed): Promise<Admitted> =>
      whileBeating(({ beat }) =>
        admit(parts, input, { now: timeAt(input.now).now, onProgress: beat, signal: cancellationSignal() }),
      ),

    /** Cancels a waiting delivery. @returns whether it waited */
    cancelDelivery: (input: { webhookId: string; deliveryId: string; reason: string } & Timed): Promise<boolean> =>
      cancelOne(parts, { ...input, now: timeAt(input.now).now() }),

    /**
     * What workflows called before they owned their deliveries. One that still does is told to come back, and then
     * moves on.
     */
    attemptDue: async (_: { webhookId: string; now: number }): Promise<number | null> => 1_000,
  };
}
