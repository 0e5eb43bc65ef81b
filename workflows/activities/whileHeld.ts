import { Context, type Info } from '@temporalio/activity';
import { ActivityNotFoundError } from '@temporalio/client';
import { withTimeout } from '../../core/ground/withTimeout.ts';

/** An activity that only one worker may do at a time. */
export interface Hold {
  /** Shows that work continues, besides the heartbeats that are sent by themselves. */
  beat(): void;
  /** Whether the activity is still this worker's, by what Temporal has answered and a clock that does not stop with the process. */
  isHeld(): boolean;
  /**
   * Who held it before, and may still be at it: its id, or null where that is not known. Absent: nobody, or this process.
   */
  readonly former?: string | null;
  /** Says that nothing of the former is open any more: until then, whoever comes next has to wait for that one, too. */
  onTaken(): void;
}

/** What a heartbeat tells the next worker: who is at it, or null from one that has given it back. */
interface Details {
  readonly holder: string | null;
}

const everyMs = 2_000;
/** After a longer silence Temporal may have given it to another worker: it waits 10 s. Milliseconds. */
const heardMs = 8_000;

/**
 * Holds an activity while it works. The SDK's `heartbeat` hands a beat over and says nothing of its fate, so the beats that count
 * are calls that Temporal has answered.
 *
 * @param holder - this process's id
 */
export async function whileHeld<T>(holder: string, work: (hold: Hold) => Promise<T>): Promise<T> {
  const context = Context.current();
  const former = formerOf(context.info, holder);
  /** Whose requests may still be open: null if nobody knows who, undefined once there are none. */
  let waitsFor = former;
  const details = (): Details | undefined => (waitsFor === null ? undefined : { holder: waitsFor ?? holder });
  let heardAt = performance.now();
  let isLost = false;
  const isHeld = () => {
    isLost ||= performance.now() - heardAt > heardMs;
    return !isLost;
  };
  const tell = (told: Details | undefined) => context.client.activity.heartbeat(context.info.taskToken, told);
  const ask = async () => {
    const askedAt = performance.now();
    const lost = await tell(details()).then(
      () => false,
      (error: unknown) => (error instanceof ActivityNotFoundError ? true : null),
    );
    if (lost === null) return;
    isLost ||= lost || !isHeld();
    heardAt = Math.max(heardAt, askedAt);
  };
  const timer = setInterval(() => {
    // The SDK learns of a cancellation by its own.
    context.heartbeat(details());
    if (isHeld()) void ask();
  }, everyMs);
  try {
    return await work({
      beat: () => context.heartbeat(details()),
      isHeld,
      onTaken() {
        waitsFor = undefined;
      },
      ...(former === undefined ? {} : { former }),
    });
  } catch (error) {
    // Nothing of it is under way any more: the next need not wait, but for the former that this one has not waited for.
    const given = waitsFor === undefined ? { holder: null } : details();
    context.heartbeat(given);
    if (isHeld()) await withTimeout(everyMs, () => tell(given)).catch(() => {});
    throw error;
  } finally {
    clearInterval(timer);
  }
}

function formerOf({ attempt, heartbeatDetails }: Info, holder: string): string | null | undefined {
  if (attempt === 1) return undefined;
  const details = heartbeatDetails as Partial<Details> | null | undefined;
  if (details == null) return null;
  return details.holder === null || details.holder === holder ? undefined : (details.holder ?? null);
}
