import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Gate } from '../fairness/gate.ts';
import type { Shares } from '../fairness/shares.ts';
import type { Notifier } from '../live/notifier.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import type { Sender } from '../sender/exchange.ts';
import { attempt, type Chance, termsOf } from './attempt.ts';
import { endStopped } from './endStopped.ts';
import { failureBudget } from './failureBudget.ts';
import { indexOfTerms, type RetryTerms } from './nextAttempt.ts';
import {
  type About,
  type AttemptEntry,
  type Attempted,
  type AttemptSomeInput,
  type Outcome,
  slowMs,
} from './ownership.ts';
import type { Recorder } from './recorder.ts';
import { type DeliverableWebhook, loadWebhook } from './routing.ts';
import { cancelDue, failuresAndLeases, othersWait, readWaiting, type WaitingRow } from './waitingRows.ts';

/** What attempting needs of the process it runs in. */
export interface AttemptParts {
  readonly pool: Pool;
  readonly keys: KeyRing;
  readonly sender: Sender;
  readonly recorder: Recorder;
  readonly notifier: Notifier;
  /** Requests under way to one webhook. */
  readonly perWebhook: number;
  /** Requests under way in this process. */
  readonly gate: Gate;
  /** Lists that this process works on at once, by organization. */
  readonly places: Shares;
  /** What ends each attempt that is under way here, by delivery: to be shared by all lists of the process. */
  readonly underWay: Map<string, Promise<void>>;
}

export interface AttemptBounds {
  readonly chance: Chance;
  /** Told after every step, so that whoever waits knows that the work goes on. Throws to end it early. */
  readonly onProgress: () => void;
  /** After this long, in milliseconds, no new attempt is begun. */
  readonly atMostMs: number;
  readonly signal: AbortSignal;
  /** Whether nobody else can have taken over: asked right before each attempt. @default always */
  readonly isHeld?: () => boolean;
}

/** Deliveries, and the webhook as it was when they were read, are read again after this long. Milliseconds. */
const pageStaleMs = 1_000;
const othersPauseMs = 100;
/** An organization that has as many lists under way as it may comes back for the next after this long, and up to as long again. */
const crowdedMs = 2_000;

/**
 * Attempts deliveries of one webhook, as many at once as it may have, and takes the next as soon as one ends: a slow request
 * holds up its own place alone. Each outcome is recorded, with the time of the next attempt, before it is told.
 *
 * May be asked for the same list again when nothing was heard of it: what was recorded meanwhile is answered from the row, and
 * what is still under way here is waited for.
 */
export async function attemptSome(
  parts: AttemptParts,
  input: AttemptSomeInput,
  bounds: AttemptBounds,
): Promise<Attempted> {
  const { places, pool, keys } = parts;
  const webhook = await loadWebhook(pool, keys, input.webhookId);
  if (webhook === null) return new List(parts, input, bounds, webhook).attempt();
  const { organizationId } = webhook;
  if (!places.admits(organizationId)) {
    const laterMs = Math.round(crowdedMs * (1 + bounds.chance.random()));
    const outcomes = input.list.map(() => 'kept' as const);
    return { outcomes, terms: [], organizationId, atOnce: null, cleared: false, others: false, slow: false, laterMs };
  }
  places.take(organizationId);
  try {
    return await new List(parts, input, bounds, webhook).attempt();
  } finally {
    places.give(organizationId);
  }
}

const aboutOf = ({ organizationId, projectId, health }: DeliverableWebhook): About => ({
  organizationId,
  projectId,
  health,
});

/** One list's attempts. */
class List {
  readonly #parts: AttemptParts;
  readonly #input: AttemptSomeInput;
  readonly #bounds: AttemptBounds;
  readonly #outcomes = new Map<string, Outcome>();
  readonly #terms: RetryTerms[] = [];
  readonly #mine = new Map<string, Promise<void>>();
  /** Not begun yet, in order. */
  readonly #left: Map<string, AttemptEntry>;
  #webhook: DeliverableWebhook | null;
  /** Whether the webhook was read before, and not looked at yet. */
  #isFresh = true;
  #cleared = false;
  #slow = false;

  constructor(parts: AttemptParts, input: AttemptSomeInput, bounds: AttemptBounds, webhook: DeliverableWebhook | null) {
    this.#webhook = webhook;
    this.#parts = parts;
    this.#input = input;
    this.#bounds = bounds;
    this.#left = new Map(input.list.map((entry) => [entry[0], entry]));
  }

  async attempt(): Promise<Attempted> {
    // A try of this list that was given up, because nothing was heard of it for too long, may still be sending.
    for (const [id] of this.#input.list) {
      const before = this.#parts.underWay.get(id);
      if (before === undefined) continue;
      await before;
      this.#isFresh = false;
    }
    await this.#attemptAll();
    const { webhookId, list, last } = this.#input;
    const ids = list.map(([id]) => id);
    return {
      outcomes: list.map(([id]) => this.#outcomes.get(id) ?? 'kept'),
      terms: this.#terms,
      organizationId: this.#webhook?.organizationId ?? null,
      about: this.#webhook && aboutOf(this.#webhook),
      atOnce: this.#webhook?.disabledAt == null ? this.#parts.perWebhook : null,
      cleared: this.#cleared,
      others: last && (await othersWait(this.#parts.pool, webhookId, ids)),
      slow: this.#slow,
      laterMs: null,
    };
  }

  async #attemptAll(): Promise<void> {
    const { gate } = this.#parts;
    const { atMostMs, signal, onProgress, isHeld = () => true } = this.#bounds;
    const beganAt = performance.now();
    let page: WaitingRow[] = [];
    let pageReadAt = 0;
    const isStale = () => performance.now() - pageReadAt > pageStaleMs;
    let limit = 0;
    /** How many more may be begun before the failures are counted again. */
    let starts = 0;
    /** Gives back room that was had before it could be used. */
    let leave: (() => void) | null = null;
    try {
      while (performance.now() - beganAt < atMostMs && !signal.aborted && isHeld()) {
        onProgress();
        if (page.length === 0 || isStale()) {
          pageReadAt = performance.now();
          // What ends here while the failures are being read is not free yet: its failure may not be counted in them.
          const mine = this.#mine.size;
          const webhook = await this.#look();
          if (!webhook || this.#left.size === 0) break;
          limit = await this.#requestsAtOnce(webhook);
          const counts = webhook.disabledAt !== null && webhook.stopped === null;
          starts = counts ? limit - mine : Number.POSITIVE_INFINITY;
          page = await this.#read(webhook, 2 * Math.max(1, limit));
          pageReadAt = performance.now();
          if (page.length === 0) continue;
        }
        while (page.length > 0 && this.#mine.size < limit && starts > 0 && this.#untilDue(page) <= 0) {
          leave ??= await gate.enter((page[0] as WaitingRow).task.envelope.organizationId);
          // In a busy process that took a while: what is to be sent now is read again, with the room kept.
          if (isStale() || !isHeld()) break;
          starts--;
          this.#begin(page.shift() as WaitingRow, leave);
          leave = null;
        }
        if (leave !== null && page.length > 0 && isStale()) continue;
        leave?.();
        leave = null;
        if (this.#mine.size > 0) {
          if (page.length === 0 && this.#left.size === 0) break;
          const untilDue = this.#untilDue(page);
          await Promise.race(untilDue > 0 ? [...this.#mine.values(), sleep(untilDue)] : this.#mine.values());
          // What was just counted decides what may still leave.
          if (page[0]?.task.webhook.disabledAt) page = [];
          continue;
        }
        if (page.length > 0) {
          const untilDue = this.#untilDue(page);
          // Or else its last allowed requests are under way in an API process.
          await sleep(untilDue > 0 ? untilDue : othersPauseMs);
          if (untilDue <= 0) page = [];
        }
      }
    } finally {
      leave?.();
      // Where the database cannot be read, they cannot be recorded either: until they are, whoever reads them finds them due.
      await Promise.allSettled(this.#mine.values());
    }
  }

  /** Milliseconds until the first of a page is due: a list begins with its first, and what is due soon after is in it, too. */
  #untilDue([first]: readonly WaitingRow[]): number {
    const entry = first && this.#left.get(first.task.envelope.deliveryId);
    return entry ? entry[3] - this.#bounds.chance.now() : 0;
  }

  /** Reads the webhook as it is now, and ends what its state says. @returns null where nothing can be sent to it any more */
  async #look(): Promise<DeliverableWebhook | null> {
    const { pool, keys } = this.#parts;
    const { webhookId } = this.#input;
    const { chance, onProgress, signal } = this.#bounds;
    const webhook = this.#isFresh ? this.#webhook : await loadWebhook(pool, keys, webhookId);
    this.#isFresh = false;
    this.#webhook = webhook;
    if (await endStopped(this.#parts, webhookId, webhook, { now: chance.now, onProgress, signal }))
      this.#cleared = true;
    if (webhook && !webhook.deleted) return webhook;
    for (const id of [...this.#left.keys()]) this.#settle(id, 'over');
    return null;
  }

  /** What of the next of the list is to be sent; the outcome of the others is known then. */
  async #read(webhook: DeliverableWebhook, most: number): Promise<WaitingRow[]> {
    const next = [...this.#left.values()].slice(0, most);
    const ids = next.map(([id]) => id);
    const rows = await readWaiting(this.#parts.pool, webhook, ids);
    const page: WaitingRow[] = [];
    const unwanted: string[] = [];
    for (const [id, number, draw] of next) {
      const row = rows.get(id);
      if (!row) this.#settle(id, 'over');
      // Made already, by a try before this one; or of a webhook that gets tests alone.
      else if (row.made !== number - 1 || (webhook.stopped !== null && !row.task.isTest))
        this.#settle(id, { made: row.made, dueAt: row.dueAt });
      else if (!row.wanted) {
        unwanted.push(id);
        this.#settle(id, 'over');
      } else page.push({ ...row, task: { ...row.task, draw } });
    }
    if (unwanted.length > 0) {
      const { pool, notifier } = this.#parts;
      const reason = 'The webhook takes no events of this type any more.';
      const which = { all: true, tests: false, only: unwanted };
      const now = new Date(this.#bounds.chance.now());
      notifier.changed(webhook.organizationId, await cancelDue(pool, webhook.id, now, reason, which));
    }
    return page;
  }

  #settle(id: string, outcome: Outcome): void {
    this.#outcomes.set(id, outcome);
    this.#left.delete(id);
  }

  #begin({ task }: WaitingRow, done: () => void): void {
    const { underWay } = this.#parts;
    const id = task.envelope.deliveryId;
    this.#left.delete(id);
    const attempting = this.#make(id, task).finally(() => {
      this.#mine.delete(id);
      underWay.delete(id);
      done();
    });
    this.#mine.set(id, attempting);
    underWay.set(
      id,
      attempting.catch(() => {}),
    );
  }

  async #make(id: string, task: WaitingRow['task']): Promise<void> {
    const { sender, recorder } = this.#parts;
    const result = await attempt(sender, task, this.#bounds.chance);
    if (result.durationMs > slowMs) this.#slow = true;
    const { stands } = await recorder.record(result);
    const { retry } = result;
    if (retry && stands) {
      this.#outcomes.set(id, [retry.endedAt, retry.askedMs, indexOfTerms(termsOf(task.webhook), this.#terms)]);
      return;
    }
    // Where somebody else recorded this attempt before, the row says what is to follow.
    const row = stands ? undefined : (await readWaiting(this.#parts.pool, task.webhook, [id])).get(id);
    this.#outcomes.set(id, row ? { made: row.made, dueAt: row.dueAt } : 'over');
  }

  /** How many requests to a webhook may be under way here. */
  async #requestsAtOnce(webhook: DeliverableWebhook): Promise<number> {
    const perWebhook = Math.min(this.#parts.perWebhook, this.#input.atOnce ?? Number.POSITIVE_INFINITY);
    const budget = failureBudget(webhook);
    if (budget === null || webhook.disabledAt === null || webhook.stopped !== null) return perWebhook;
    const { failures, health, leased } = await failuresAndLeases(this.#parts.pool, webhook.id);
    // While it is well the fast lanes keep to their part; then they send no more, and what they still have is leased.
    const left = health === 'HEALTHY' ? budget.drain : webhook.disabledAt - failures - leased;
    return Math.min(perWebhook, budget.drain, Math.max(0, left));
  }
}
