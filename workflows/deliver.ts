import { continueAsNew, defineQuery, defineSignal, defineUpdate, patched, setHandler } from '@temporalio/workflow';
import type { Failures } from '../core/deliveries/ownership.ts';
import { Alarm, keepAlarm } from './alarm.ts';
import { type Carried, inRows, Owner } from './owner.ts';
import { delayOf, idsOf, isId, wellFormed } from './signalled.ts';
import type { Waits } from './waiting.ts';

/** First attempts of the webhook's deliveries that failed. */
export const failedSignal = defineSignal<[failures: Failures]>('failed');

/**
 * After this many milliseconds something is due that the workflow may not know of; it reads the rows then.
 *
 * `andLater`: there may be more, due later.
 */
export const wakeSignal = defineSignal<[delayMs: number, andLater?: boolean]>('wake');

/** Waiting deliveries that were cancelled: their rows say so already. */
export const cancelledSignal = defineSignal<[deliveryIds: readonly string[]]>('cancelled');

/** Attempts a waiting delivery now. It keeps its place in the schedule. Answers with the number of the attempt. */
export const retryNowUpdate = defineUpdate<{ attempt: number }, [deliveryId: string]>('retryNow');

/** Cancels a waiting delivery, with a reason for its row. Answers whether it waited. */
export const cancelUpdate = defineUpdate<boolean, [deliveryId: string, reason: string]>('cancel');

/**
 * Pauses the webhook's retries, or continues them. First attempts and requests under way go on; deliveries that become due
 * meanwhile stay due. The pause is this workflow's alone: it ends with the workflow, which ends where nothing waits.
 */
export const setPausedUpdate = defineUpdate<boolean, [paused: boolean]>('setPaused');

/** A waiting delivery: the number of its next attempt, and when that is due, as RFC 3339. */
export interface Retry {
  readonly attempt: number;
  readonly dueAt: string;
}

/** The next attempt of a delivery; null if it does not wait, or is due later than all that the workflow carries. */
export const deliveryQuery = defineQuery<Retry | null, [deliveryId: string]>('delivery');

/** The waiting deliveries in due order: so many of them (default 20), after the one with that id. */
export const waitingQuery = defineQuery<
  ({ readonly id: string } & Retry)[],
  [first?: number | null, after?: string | null]
>('waiting');

const maxListed = 1_000;
const maxReasonCharacters = 500;
// A terminal or a log acts on control characters, and PostgreSQL's text cannot hold NUL.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern looks for control characters
const control = /[\u0000-\u001f\u007f]/;

/**
 * Owns the retry and backoff of one webhook's deliveries from their first failure on: knows which wait and until when,
 * has them attempted, and ends when none waits. The rows show its decisions.
 */
export async function deliver(webhookId: string, carried?: Carried): Promise<void> {
  const moveOn = (next: Carried) => continueAsNew<typeof deliver>(webhookId, next);
  if (carried === undefined && !patched('owns-deliveries')) {
    const alarm = new Alarm();
    setHandler(wakeSignal, (delayMs) => alarm.setEarlier(Date.now() + delayMs));
    setHandler(failedSignal, () => alarm.setEarlier(Date.now()));
    return keepAlarm(webhookId, alarm, () => moveOn(inRows));
  }

  const owner = new Owner(webhookId, carried);
  const { waiting } = owner;
  let startedWithFailures = false;
  setHandler(failedSignal, (failures) => {
    const read = wellFormed(failures, Date.now());
    if (read === null) return;
    // Histories from before this check go on with what they were sent.
    if (read.isAll || !patched('skips-malformed')) {
      startedWithFailures = true;
      owner.failed(failures);
    } else owner.failed(read.failures);
  });
  let woken = false;
  setHandler(wakeSignal, (delayMs, andLater = false) => {
    woken = true;
    owner.wake(delayOf(delayMs), andLater === true);
  });
  setHandler(cancelledSignal, (ids) => owner.cancelled(idsOf(ids)));
  setHandler(
    retryNowUpdate,
    (id) => {
      owner.retryNow(id);
      return { attempt: (waiting.get(id)?.made ?? 0) + 1 };
    },
    {
      validator(id) {
        requireWaiting(waiting.get(id), id);
        if (waiting.isInFlight(id)) throw new Error(`Delivery ${id} is being attempted already.`);
        if (owner.paused)
          throw new Error(
            'The webhook’s retries are paused: continue them with the update "setPaused", and try again.',
          );
      },
    },
  );
  setHandler(cancelUpdate, (id, reason) => owner.cancel(id, reason), {
    validator(id, reason) {
      requireWaiting(waiting.get(id), id);
      if (!isReason(reason)) {
        throw new Error(
          `Give a reason of 1 to ${maxReasonCharacters} characters without control characters: it is shown with the delivery.`,
        );
      }
    },
  });
  setHandler(
    setPausedUpdate,
    (paused) => {
      owner.setPaused(paused);
      return owner.paused;
    },
    {
      validator(paused) {
        if (typeof paused !== 'boolean')
          throw new Error('Give true to pause the webhook’s retries, false to continue them.');
      },
    },
  );
  setHandler(deliveryQuery, (id) => shown(waiting.get(id)));
  setHandler(waitingQuery, (first, after) => {
    const most = first ?? 20;
    if (!Number.isInteger(most) || most < 1 || most > maxListed) {
      throw new Error(`Ask for 1 to ${maxListed} deliveries at a time.`);
    }
    if (after != null && !waiting.get(after))
      throw new Error(`Delivery ${String(after).slice(0, 36)} waits no more: start again from the first page.`);
    return waiting
      .list(most, after ?? null)
      .map(({ id, ...waits }) => ({ id, ...shown(waits) }) as { id: string } & Retry);
  });

  // A signal that starts a workflow is handled before its code runs; a continued run has had none yet. A workflow that
  // starts with its failures had nothing waiting before; the sweep brings anything it still misses.
  if (carried === undefined && (woken || !startedWithFailures)) owner.readRows();
  const next = await owner.run();
  if (next) await moveOn(next);
}

const isReason = (reason: unknown): boolean =>
  typeof reason === 'string' &&
  reason.trim() !== '' &&
  reason.length <= maxReasonCharacters &&
  !control.test(reason) &&
  reason.isWellFormed();

function requireWaiting(waits: Waits | undefined, id: unknown): void {
  if (!isId(id)) {
    // What is long or no text is not repeated.
    const said = typeof id === 'string' && id.length <= 36 ? `Delivery ${id} does not wait here. ` : '';
    throw new Error(`${said}Give the id of a delivery: the query "waiting" lists those that wait.`);
  }
  if (!waits) throw new Error(`Delivery ${id} does not wait here.`);
}

const shown = (waits: Waits | undefined): Retry | null =>
  waits === undefined ? null : { attempt: waits.made + 1, dueAt: new Date(waits.dueAt).toISOString() };
