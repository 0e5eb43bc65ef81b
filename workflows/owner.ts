import {
  allHandlersFinished,
  condition,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
} from '@temporalio/workflow';
import { drawOf, nextAttemptAt } from '../core/deliveries/nextAttempt.ts';
import type { AttemptEntry, Attempted, WaitingEntry } from '../core/deliveries/ownership.ts';
import type { Activities } from './activities/activities.ts';
import type { AttemptedFindable } from './activities/deliveryActivities.ts';
import type { WellFormed } from './signalled.ts';
import { untilDone } from './untilDone.ts';
import { type Shown, showEveryMs, Visibility } from './visibility.ts';
import { type Place, Waiting, type Waits } from './waiting.ts';

/** The state that a workflow passes to its next run. */
export interface Carried {
  readonly waiting: readonly WaitingEntry[];
  readonly beyond: Place | null;
  readonly looks: readonly number[];
  readonly paused: boolean;
  /** As in {@link Owner}; absent: no. */
  readonly rests?: boolean;
  readonly atOnce: number | null;
  readonly organizationId: string | null;
  readonly slow: boolean;
}

const options = { startToCloseTimeout: '10 minutes', ...untilDone } as const;
const { attemptSome, admit } = proxyActivities<Activities>(options);
/** A few attempts run within the workflow's own task: that costs Temporal a third less. */
const { attemptFew, cancelDelivery, countWaiting } = proxyLocalActivities<Activities>({
  // As long as the others: an attempt waits for its record while PostgreSQL is away, and what ends before is attempted again beside it.
  startToCloseTimeout: '10 minutes',
  retry: { maximumAttempts: 1 },
});
const fewDue = 4;
const fewWaiting = 16;

/** Deliveries given to one activity: this many for each request that it may have open, up to the limit. */
const roundsInList = 16;
/** A list starts this long before its first delivery is due; the activity waits for it. Milliseconds. */
const earlyStartMs = 50;
/**
 * While delays are short, a list includes deliveries due this long after its first: another list would cost more.
 * Milliseconds.
 */
const batchWindowMs = 1_100;
const shortMs = 30_000;
const maxInList = 512;
/** Activities running at once. */
const maxLists = 4;
/** Known due deliveries are attempted before more rows are read. */
const enoughDue = 500;
const maxLooks = 64;
/** Clocks differ: rows due this much later are read, too. Milliseconds. */
const skewMs = 1_000;
/** Pause after a read that showed nothing new and yet not everything. Milliseconds. */
const rereadMs = 1_000;
/** While retries are paused, a wake reads rows this often: the webhook may be stopped meanwhile. Milliseconds. */
const restReadMs = 60_000;
/** A run ends, and the next continues its state, before its history is this long. */
const maxHistoryEvents = 2_000;
const maxHistoryBytes = 4_000_000;

/** The very first place. */
const start: Place = [0, ''];

const nothing: Carried = {
  waiting: [],
  beyond: null,
  looks: [],
  paused: false,
  atOnce: null,
  organizationId: null,
  slow: false,
};
/** The state of a run that must read the waiting deliveries from the rows. */
export const inRows: Carried = { ...nothing, beyond: start };

/**
 * Owns one webhook's waiting deliveries: knows how often each was attempted and when it is due, has it attempted then,
 * and decides from the outcome when it is due again.
 */
export class Owner {
  readonly waiting: Waiting;
  readonly #webhookId: string;
  readonly #visibility: Visibility;
  /** How many wait in all, by the last count of rows; null if not known. */
  #rows: number | null = null;
  #countedAt = Number.NEGATIVE_INFINITY;
  #counting = false;
  /** When to read rows for deliveries that are due and not known here. Sorted. */
  #looks: number[];
  #paused: boolean;
  /** Paused by this code: it reads hardly any rows, and ends if nothing waits. */
  #rests: boolean;
  /** While it rests, no rows are read before. */
  #noReadBefore = Number.NEGATIVE_INFINITY;
  #organizationId: string | null;
  /** Requests that may be open at once; null: not known, or they depend on each other. Then one list runs at a time. */
  #atOnce: number | null;
  #requests = 0;
  #lists = 0;
  /** Whether a list runs that may have all requests open. */
  #hasAll = false;
  #reading = false;
  /**
   * Whether the receiver was slow the last time: then attempts do not run within the workflow's task, which would last
   * as long.
   */
  #slow: boolean;
  /** Somebody asked for an update and waits for the end of this task. */
  #isAsked = false;
  /** Until then, a delivery with a short delay is due. */
  #shortUntil = 0;
  /** No list starts before. */
  #restUntil = 0;
  /** Something ended or changed, so the loop must run. */
  #turn = false;
  /** The loop waits for what comes next. */
  #isIdle = false;
  /** Meanwhile it learned of deliveries that are to be shown. */
  #hasNews = false;
  #failure: { readonly error: unknown } | null = null;

  constructor(webhookId: string, carried: Carried = nothing) {
    this.#webhookId = webhookId;
    this.#visibility = new Visibility(webhookId);
    this.waiting = new Waiting(carried.waiting, carried.beyond);
    this.#looks = [...carried.looks];
    this.#paused = carried.paused;
    this.#rests = carried.rests === true;
    this.#atOnce = carried.atOnce;
    this.#organizationId = carried.organizationId;
    this.#slow = carried.slow;
  }

  get paused(): boolean {
    return this.#paused;
  }

  setPaused(paused: boolean): void {
    this.#rests = paused && (this.#rests || (!this.#paused && patched('rests-while-paused')));
    if (paused !== this.#paused) this.#noReadBefore = Number.NEGATIVE_INFINITY;
    this.#paused = paused;
    this.#isAsked = true;
    this.#turn = true;
  }

  /** Nothing is known of the rows any more. */
  readRows(): void {
    this.#looks = [];
    this.waiting.forgetFrom(start);
  }

  failed({ organizationId, terms, list, slow, atOnce }: WellFormed['failures']): void {
    const before = this.waiting.size;
    this.#organizationId = organizationId ?? this.#organizationId;
    this.#slow = slow;
    this.#atOnce ??= atOnce ?? null;
    for (const [id, made, endedAt, askedMs, draw, index] of list) {
      const of = terms[index];
      const dueAt = of ? nextAttemptAt({ made, endedAt, askedMs, draw }, of) : null;
      if (dueAt === null) continue;
      this.#noticeDelay(endedAt, dueAt);
      this.waiting.learn([id, made, dueAt]);
    }
    // What is due later than all that it knows wakes the loop for nothing else.
    if (this.#isIdle && this.waiting.size > before && patched('shows-news')) this.#hasNews = true;
  }

  /** @param andLater - whether unknown deliveries may also be due later */
  wake(delayMs: number, andLater: boolean): void {
    this.#lookAt(Date.now() + delayMs);
    if (andLater) this.waiting.forgetFrom(start);
  }

  retryNow(id: string): void {
    this.waiting.dueNow(id, Date.now());
    this.#isAsked = true;
  }

  /** Their rows were cancelled. One whose attempt is under way ends with it. */
  cancelled(ids: readonly string[]): void {
    for (const id of ids) this.waiting.end(id);
    this.#turn = true;
  }

  async cancel(deliveryId: string, reason: string): Promise<boolean> {
    const waited = await cancelDelivery({ webhookId: this.#webhookId, deliveryId, reason, now: Date.now() });
    if (waited || !this.waiting.isInFlight(deliveryId)) this.waiting.end(deliveryId);
    this.#turn = true;
    return waited;
  }

  /** @returns the state for the next run; null if nothing waits any more */
  async run(): Promise<Carried | null> {
    for (;;) {
      if (this.#failure) throw this.#failure.error;
      const ending = isLong();
      if (ending && !this.#isBusy()) return this.#carried();
      if (!ending) {
        this.#read(Date.now());
        this.#attempt(Date.now());
        if (this.#isDone()) {
          this.#visibility.show({ count: 0, nextDueAt: null, first: () => [] }, null);
          return null;
        }
      }
      this.#turn = false;
      this.#isAsked = false;
      const until = ending ? Number.POSITIVE_INFINITY : this.#show(this.#nextAt());
      // A handler that ends does not wake the loop, so its end is checked here.
      const isOver = () =>
        this.#turn ||
        (ending ? !this.#isBusy() : this.#isDone() || isLong() || this.#nextAt() < until || this.#newsAt() < until);
      this.#hasNews = false;
      this.#isIdle = true;
      if (until === Number.POSITIVE_INFINITY) await condition(isOver);
      else await condition(isOver, Math.max(1, until - Date.now()));
      this.#isIdle = false;
    }
  }

  /** When the loop must run to show what it learned while it waits. */
  #newsAt(): number {
    return (this.#hasNews ? this.#visibility.readyAt : null) ?? Number.POSITIVE_INFINITY;
  }

  /** @param until - when there is something to do. @returns the same, or when there is something to show */
  #show(until: number): number {
    const { waiting } = this;
    // Deliveries that the workflow does not carry are counted in the rows, as often as the count can be shown.
    const isOld = Date.now() - this.#countedAt >= showEveryMs;
    if (waiting.beyond !== null && this.#visibility.isReady && isOld && !this.#counting) this.#count();
    if (this.#counting) return until;
    const times = [waiting.nextDue(), this.#looks[0], waiting.beyond?.[0]].filter((at) => typeof at === 'number');
    const first = Math.min(...times, Number.POSITIVE_INFINITY);
    const count = waiting.beyond === null ? waiting.size : this.#rows;
    const nextDueAt = count === 0 ? null : first > 0 && Number.isFinite(first) ? first : undefined;
    const shown: Shown = { count, nextDueAt, first: (most) => waiting.list(most, null) };
    this.#visibility.show(shown, until);
    return Math.min(until, this.#visibility.dueAt ?? Number.POSITIVE_INFINITY);
  }

  #count(): void {
    this.#counting = true;
    this.#inBackground(async () => {
      this.#rows = await locally(() => countWaiting(this.#webhookId));
      this.#countedAt = Date.now();
      this.#counting = false;
    });
  }

  #isBusy(): boolean {
    return this.#counting || this.#lists > 0 || this.#reading || !allHandlersFinished();
  }

  #isDone(): boolean {
    const nothingWaits = this.waiting.size === 0 && this.waiting.beyond === null && this.#looks.length === 0;
    return nothingWaits && (!this.#paused || this.#rests) && !this.#isBusy();
  }

  #carried(): Carried {
    return {
      waiting: this.waiting.entries(),
      beyond: this.waiting.beyond,
      looks: this.#looks,
      paused: this.#paused,
      ...(this.#rests ? { rests: true } : {}),
      atOnce: this.#atOnce,
      organizationId: this.#organizationId,
      slow: this.#slow,
    };
  }

  /** The next time with something to do that no other event wakes. */
  #nextAt(): number {
    const times: number[] = [];
    if (!this.#paused && this.#free() !== 0) {
      const due = this.waiting.nextDue();
      if (due !== null) times.push(Math.max(due - earlyStartMs, this.#restUntil));
    }
    if (!this.#reading) {
      const [look] = this.#looks;
      if (look !== undefined && this.#hasTimeToLook(look)) times.push(Math.max(look, this.#noReadBefore));
      const { beyond } = this.waiting;
      if (beyond && !this.#rests && (beyond[0] > Date.now() || this.waiting.wantsRows(Date.now())))
        times.push(beyond[0]);
    }
    return Math.min(...times, Number.POSITIVE_INFINITY);
  }

  #lookAt(at: number): void {
    this.#looks = [...new Set([...this.#looks, at])].sort((a, b) => a - b);
    if (this.#looks.length > maxLooks) this.waiting.forgetFrom([this.#looks.pop() as number, '']);
  }

  #hasTimeToLook(at: number): boolean {
    const now = Date.now();
    return at > now || this.#paused || this.waiting.countDue(now, enoughDue) < enoughDue;
  }

  /** Reads rows when that is due. */
  #read(now: number): void {
    if (this.#reading || now < this.#noReadBefore) return;
    const [look] = this.#looks;
    if (look !== undefined && look <= now && this.#hasTimeToLook(look)) {
      this.#looks = this.#looks.filter((at) => at > now);
      // Once all that there is room for, to show it; then only whether there is any.
      const isFirst = this.#noReadBefore === Number.NEGATIVE_INFINITY;
      const most = isFirst ? enoughDue + this.waiting.inFlight + this.waiting.countDue(now, enoughDue) : 1;
      if (this.#rests) this.#noReadBefore = now + restReadMs;
      this.#readIn(async () => {
        this.waiting.makeRoom();
        const { list, more, cleared } = await this.#admit(null, now + skewMs, most);
        if (cleared) this.waiting.clear();
        const isNew = list.filter((entry) => this.waiting.learn(entry)).length > 0;
        const last = list.at(-1);
        // The others are read when somebody continues.
        if (more && this.#rests) this.waiting.forgetFrom(last ? [last[2], last[0]] : start);
        else if (more) this.#lookAt(Date.now() + (isNew ? 0 : rereadMs));
      });
    } else if (!this.#rests && this.waiting.wantsRows(now)) {
      const most = this.waiting.makeRoom();
      const from = this.waiting.readingRows();
      this.#readIn(async () => {
        const { list, more, cleared } = await this.#admit(from, null, most);
        if (cleared) this.waiting.clear();
        for (const entry of list) this.waiting.learn(entry);
        const last = list.at(-1);
        if (more && last) this.waiting.forgetFrom([last[2], last[0]]);
      });
    }
  }

  async #admit(from: Place | null, until: number | null, most: number) {
    const input = { webhookId: this.#webhookId, now: Date.now(), from, until, most };
    const admitted = await admit.executeWithOptions({ ...options, ...this.#fairly() }, [input]);
    // Without it, the first list would have all requests, and others would wait for its slowest.
    this.#atOnce ??= admitted.atOnce ?? null;
    return admitted;
  }

  #readIn(work: () => Promise<void>): void {
    this.#reading = true;
    this.#inBackground(async () => {
      try {
        await work();
      } finally {
        this.#reading = false;
      }
    });
  }

  /** Has due deliveries attempted, as far as there is room for requests. */
  #attempt(now: number): void {
    if (this.#paused || now < this.#restUntil) return;
    while ((this.waiting.nextDue() ?? Number.POSITIVE_INFINITY) - earlyStartMs <= now) {
      const atOnce = this.#free();
      if (atOnce === 0) return;
      const isFew = this.#lists === 0 && this.waiting.size <= fewWaiting && !this.#slow && !this.#isAsked;
      const most = Math.min(maxInList, (atOnce ?? maxInList) * roundsInList);
      const taken = this.waiting.take(now + (now <= this.#shortUntil ? batchWindowMs : earlyStartMs), most);
      this.#lists++;
      this.#requests += atOnce ?? 0;
      if (atOnce === null) this.#hasAll = true;
      this.#inBackground(async () => {
        try {
          await this.#attemptList(taken, atOnce, isFew && taken.length <= fewDue);
        } finally {
          this.#lists--;
          this.#requests -= atOnce ?? 0;
          if (atOnce === null) this.#hasAll = false;
        }
      });
    }
  }

  /** Requests that another list may have open: half of the free ones, so that a slow list leaves room; null: all. */
  #free(): number | null {
    if (this.#atOnce === null) return this.#lists === 0 ? null : 0;
    if (this.#lists >= maxLists) return 0;
    // A list began before it was known how many there may be.
    if (this.#hasAll && patched('counts-all-requests')) return 0;
    return Math.max(0, Math.ceil((this.#atOnce - this.#requests) / 2));
  }

  async #attemptList(taken: readonly (Waits & { readonly id: string })[], atOnce: number | null, isFew: boolean) {
    const list = taken.map(({ id, made, dueAt }): AttemptEntry => [id, made + 1, drawOf(Math.random()), dueAt]);
    const last = this.waiting.size === taken.length;
    const input = { webhookId: this.#webhookId, now: Date.now(), list, atOnce, last };
    let answer = isFew ? await locally(() => attemptFew(input)) : null;
    // Its worker has as many of the organization's deliveries as it takes at once, or failed.
    if (answer === null || answer.laterMs !== null) {
      const afterwards = { ...input, now: Date.now() };
      answer = await attemptSome.executeWithOptions({ ...options, ...this.#fairly(answer) }, [afterwards]);
    }
    this.#settle(list, answer);
  }

  #settle(
    list: readonly AttemptEntry[],
    { outcomes, terms, organizationId, atOnce, cleared, others, slow, laterMs, about, findable }: AttemptedFindable,
  ): void {
    this.#visibility.learn(about, findable);
    for (const [index, [id, number, draw]] of list.entries()) {
      const outcome = outcomes[index] ?? 'kept';
      if (outcome === 'over') this.waiting.drop(id);
      else if (outcome === 'kept') this.waiting.keep(id);
      else if ('made' in outcome) this.waiting.again(id, outcome.made, outcome.dueAt);
      else {
        const [endedAt, askedMs, of] = outcome;
        const dueAt = nextAttemptAt({ made: number, endedAt, askedMs, draw }, terms[of] as Attempted['terms'][number]);
        if (dueAt === null) {
          this.waiting.drop(id);
          continue;
        }
        this.#noticeDelay(endedAt, dueAt);
        this.waiting.again(id, number, dueAt);
      }
    }
    this.#organizationId = organizationId ?? this.#organizationId;
    if (laterMs === null) {
      this.#atOnce = atOnce;
      this.#slow = slow;
      this.#restUntil = 0;
    } else this.#restUntil = Date.now() + laterMs;
    if (cleared) this.waiting.clear();
    // The workflow never ends while something waits, known or not.
    if (cleared || (others && this.waiting.size === 0)) this.waiting.forgetFrom(start);
  }

  #noticeDelay(endedAt: number, dueAt: number): void {
    if (dueAt - endedAt < shortMs) this.#shortUntil = Math.max(this.#shortUntil, dueAt);
  }

  /** Where many wait for a worker, organizations take turns. */
  #fairly(answer: Attempted | null = null) {
    const fairnessKey = answer?.organizationId ?? this.#organizationId;
    return fairnessKey === null ? {} : { priority: { fairnessKey } };
  }

  #inBackground(work: () => Promise<void>): void {
    work()
      .catch((error) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#turn = true;
      });
  }
}

const isLong = (): boolean => {
  const { continueAsNewSuggested, historyLength, historySize } = workflowInfo();
  return continueAsNewSuggested || historyLength > maxHistoryEvents || historySize > maxHistoryBytes;
};

/** @returns null if it failed */
async function locally<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (isCancellation(error)) throw error;
    return null;
  }
}
