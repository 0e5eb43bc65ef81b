import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Gate } from '../fairness/gate.ts';
import type { Shares } from '../fairness/shares.ts';
import type { Notifier } from '../live/notifier.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import type { Sender } from '../sender/exchange.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { attempt, type TimeSource, termsOf, withheldReason } from './attempt.ts';
import { erasedReason, goneReason } from './cancelWaiting.ts';
import { endStopped } from './endStopped.ts';
import { atOnceOf, failureBudget } from './failureBudget.ts';
import { indexOfTerms, type RetryTerms } from './nextAttempt.ts';
import {
  type About,
  type AttemptEntry,
  type Attempted,
  type AttemptSomeInput,
  type Outcome,
  slowMs,
} from './ownership.ts';
import { formerEnded } from './presence.ts';
import type { Recorder } from './recorder.ts';
import { postpone, showWithheld } from './release.ts';
import { type DeliverableWebhook, loadWebhook, typeNotTaken } from './routing.ts';
import { type DeliveryTask, isWithheld, type Withheld } from './task.ts';
import {
  type Cancellation,
  cancelDue,
  failuresAndLeases,
  othersWait,
  readWaiting,
  type WaitingRow,
} from './waitingRows.ts';

/** The parts of a process that attempts use. */
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
  /** Lists in progress in this process, by organization. */
  readonly places: Shares;
  /** For each delivery with an attempt under way here, a promise of its end. All lists of a process share this map. */
  readonly underWay: Map<string, Promise<void>>;
  /** Absent or null: off. */
  readonly tracing?: Tracing | null;
}

export interface AttemptBounds {
  readonly time: TimeSource;
  /** Called after every step, to show that work continues. Throws to end it early. */
  readonly onProgress: () => void;
  /**
   * The time of one list, in milliseconds. After that, attempts begin only beside those of this time that are still under way:
   * the list cannot end before them.
   */
  readonly atMostMs: number;
  readonly signal: AbortSignal;
  /** Whether this process still holds the work; checked right before each attempt. @default always */
  readonly isHeld?: () => boolean;
  /** The worker that held this work before and may still have requests open: its id, or null if not known. Absent: none. */
  readonly former?: string | null;
  /** Called once nothing of the former can be open any more, before anything begins here. */
  readonly onTaken?: () => void;
}

/**
 * Bytes of events' texts that a list reads ahead, with the rows: so few that all lists of a process may. Longer ones are read once
 * the gate has admitted them, up to {@link textsReadAtOnce} in one statement, or one.
 */
const aheadBytes = 512 * 1024;
const textsReadAtOnce = 4 * 1024 * 1024;
/** Deliveries and their webhook are read again after this long. Milliseconds. */
const pageStaleMs = 1_000;
const othersPauseMs = 100;
/** An organization with too many lists under way tries again after one to two times this long. Milliseconds. */
const crowdedMs = 2_000;
/** Where nothing can leave the installation, one of many lists tries first; the others follow after one to two times this. Milliseconds. */
const minBlockedMs = 500;

/**
 * Attempts deliveries of one webhook, up to its limit at once, and begins the next as soon as one ends: a slow request blocks
 * only its own slot. Each outcome is recorded, with the time of the next attempt, before it is returned.
 *
 * Temporal may call this again with the same list: attempts recorded meanwhile are answered from their rows, and those still
 * under way here are awaited.
 */
export async function attemptSome(
  parts: AttemptParts,
  input: AttemptSomeInput,
  bounds: AttemptBounds,
): Promise<Attempted> {
  const { places, pool, keys } = parts;
  const { former } = bounds;
  let webhook = await loadWebhook(pool, keys, input.webhookId);
  if (webhook !== null && former !== undefined) {
    // What it has open and not recorded yet looks due: it would be sent twice. First of all, for a list that is given back has no former.
    await formerEnded(pool, former, webhook.timeoutMs, bounds);
    bounds.signal.throwIfAborted();
    bounds.onTaken?.();
    webhook = await loadWebhook(pool, keys, input.webhookId);
  }
  if (webhook === null) return new List(parts, input, bounds, webhook).attempt();
  const { organizationId } = webhook;
  if (!places.admits(organizationId)) {
    return allLater(input, organizationId, crowdedMs * (1 + bounds.time.random()));
  }
  const blocked = webhook.stopped === null && !webhook.deleted ? parts.sender.blocked?.(webhook.url) : null;
  if (blocked) {
    const ids = input.list.map(([id]) => id);
    parts.notifier.changed(organizationId, await showWithheld(pool, ids, withheldReason(blocked.message)));
    return allLater(input, organizationId, blocked.retryAfterMs + minBlockedMs * (1 + bounds.time.random()));
  }
  places.take(organizationId);
  try {
    return await new List(parts, input, bounds, webhook).attempt();
  } finally {
    places.release(organizationId);
  }
}

/** Nothing of a list begins before this many milliseconds. */
const allLater = ({ list }: AttemptSomeInput, organizationId: string, laterMs: number): Attempted => ({
  outcomes: list.map(() => 'kept'),
  terms: [],
  organizationId,
  atOnce: null,
  cleared: false,
  others: false,
  slow: false,
  laterMs: Math.round(laterMs),
});

const getsOnlyTests = ({ stopped, paused, resuming }: DeliverableWebhook): boolean =>
  stopped !== null || (paused && !resuming);

const aboutOf = ({ organizationId, projectId, health }: DeliverableWebhook): About => ({
  organizationId,
  projectId,
  health,
});

/** Room in the gate for one request. */
interface Room {
  readonly bytes: number;
  readonly leave: () => void;
}

interface Entering {
  readonly row: WaitingRow;
  readonly room: Room;
}

/** The attempts of one list. */
class List {
  readonly #parts: AttemptParts;
  readonly #input: AttemptSomeInput;
  readonly #bounds: AttemptBounds;
  readonly #outcomes = new Map<string, Outcome>();
  readonly #terms: RetryTerms[] = [];
  readonly #mine = new Map<string, Promise<void>>();
  /** Entries not begun yet, in order. */
  readonly #left: Map<string, AttemptEntry>;
  #webhook: DeliverableWebhook | null;
  /** Whether the webhook given to the constructor has not been used yet. */
  #isFresh = true;
  #cleared = false;
  #slow = false;
  /** Could not be sent, by the installation's fault. After the first, none begins. */
  readonly #withheld: Withheld[] = [];
  readonly #beganAt = performance.now();
  /** Attempts under way that began within the list's time. */
  #inTime = 0;

  constructor(parts: AttemptParts, input: AttemptSomeInput, bounds: AttemptBounds, webhook: DeliverableWebhook | null) {
    this.#webhook = webhook;
    this.#parts = parts;
    this.#input = input;
    this.#bounds = bounds;
    this.#left = new Map(input.list.map((entry) => [entry[0], entry]));
  }

  async attempt(): Promise<Attempted> {
    // An earlier run of this list, which Temporal gave up for lack of a heartbeat, may still be sending.
    for (const [id] of this.#input.list) {
      const before = this.#parts.underWay.get(id);
      if (before === undefined) continue;
      await before;
      this.#isFresh = false;
    }
    await this.#attemptAll();
    if (this.#withheld.length > 0) await this.#postpone();
    const { webhookId, list, last } = this.#input;
    const ids = list.map(([id]) => id);
    return {
      outcomes: list.map(([id]) => this.#outcomes.get(id) ?? 'kept'),
      terms: this.#terms,
      organizationId: this.#webhook?.organizationId ?? null,
      about: this.#webhook && aboutOf(this.#webhook),
      atOnce: atOnceOf(this.#webhook, this.#parts.perWebhook),
      cleared: this.#cleared,
      others: last && (await othersWait(this.#parts.pool, webhookId, ids)),
      slow: this.#slow,
      laterMs: null,
    };
  }

  get #hasTime(): boolean {
    return performance.now() - this.#beganAt < this.#bounds.atMostMs;
  }

  async #attemptAll(): Promise<void> {
    const { signal, onProgress, isHeld = () => true } = this.#bounds;
    let page: WaitingRow[] = [];
    let pageReadAt = 0;
    const isStale = () => performance.now() - pageReadAt > pageStaleMs;
    let limit = 0;
    /** Attempts that may begin before the failures are counted again. */
    let starts = 0;
    const mayBegin = () => Math.min(limit - this.#mine.size, starts);
    /** Room in the gate that is not used yet. */
    let room: Room | null = null;
    try {
      while ((this.#hasTime || this.#inTime > 0) && !signal.aborted && isHeld() && this.#withheld.length === 0) {
        onProgress();
        if (page.length === 0 || isStale()) {
          pageReadAt = performance.now();
          // An attempt that ends while the failures are being read keeps its slot: they may not include its failure.
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
        while (page.length > 0 && mayBegin() > 0 && this.#untilDue(page) <= 0) {
          const [first] = page as [WaitingRow];
          if (room !== null && room.bytes < first.bytes) {
            room.leave();
            room = null;
          }
          room ??= await this.#enter(first);
          // In a busy process that took a while: keep the room and read the page again.
          if (isStale() || !isHeld()) break;
          const admitted = this.#admitted(page, room, mayBegin());
          room = null;
          starts -= await this.#beginAll(admitted);
        }
        if (room !== null && page.length > 0 && isStale()) continue;
        room?.leave();
        room = null;
        if (this.#mine.size > 0) {
          if (page.length === 0 && this.#left.size === 0) break;
          // A slow request holds up only its own slot: the others have work as long as the list has any.
          if (page.length === 0 && mayBegin() > 0) continue;
          const untilDue = this.#untilDue(page);
          const due = untilDue > 0 ? [sleep(Math.min(untilDue, pageStaleMs))] : [];
          await Promise.race([...this.#mine.values(), ...due]);
          // The failures just counted decide what may still be sent.
          if (this.#webhook?.disabledAt) page = [];
          continue;
        }
        if (page.length > 0) {
          const untilDue = this.#untilDue(page);
          // If something is due, the last allowed requests are under way in an API process.
          await sleep(untilDue > 0 ? Math.min(untilDue, pageStaleMs) : othersPauseMs);
          if (untilDue <= 0) page = [];
        }
      }
    } finally {
      room?.leave();
      // If the database is away they cannot be recorded either: until they are, their rows still look due.
      await Promise.allSettled(this.#mine.values());
    }
  }

  async #enter({ bytes }: WaitingRow): Promise<Room> {
    const { organizationId } = this.#webhook as DeliverableWebhook;
    return { bytes, leave: await this.#parts.gate.enter(organizationId, bytes) };
  }

  /** Takes the first of a page, which has room, and those due after it for which there is room at once. */
  #admitted(page: WaitingRow[], room: Room, most: number): Entering[] {
    const { organizationId } = this.#webhook as DeliverableWebhook;
    const admitted: Entering[] = [{ row: page.shift() as WaitingRow, room }];
    let unread = 0;
    while (page.length > 0 && admitted.length < most && unread < textsReadAtOnce && this.#untilDue(page) <= 0) {
      const [row] = page as [WaitingRow];
      const leave = this.#parts.gate.enterNow(organizationId, row.bytes);
      if (leave === null) break;
      admitted.push({ row, room: { bytes: row.bytes, leave } });
      if (row.task === null) unread += row.bytes;
      page.shift();
    }
    return admitted;
  }

  /** Begins the attempts of those admitted, and reads what is not read of them yet. @returns how many began */
  async #beginAll(admitted: readonly Entering[]): Promise<number> {
    const { isHeld = () => true } = this.#bounds;
    const waits = new Set(admitted);
    try {
      const unread = admitted.filter(({ row }) => row.task === null);
      const tasks = unread.length === 0 ? null : await this.#tasksOf(unread.map(({ row }) => row));
      if (tasks !== null && !isHeld()) return 0;
      for (const entering of admitted) {
        const { row, room } = entering;
        const task = row.task ?? tasks?.get(row.id);
        // It ended or changed meanwhile: the next page says how.
        if (!task) continue;
        waits.delete(entering);
        this.#begin(task, room.leave);
      }
      return admitted.length - waits.size;
    } finally {
      for (const { room } of waits) room.leave();
    }
  }

  /** Reads the texts of rows that are long. @returns the tasks of those that still wait for the same attempt */
  async #tasksOf(rows: readonly WaitingRow[]): Promise<ReadonlyMap<string, DeliveryTask>> {
    const webhook = this.#webhook as DeliverableWebhook;
    const ids = rows.map(({ id }) => id);
    const current = await readWaiting(this.#parts.pool, webhook, ids, Number.MAX_SAFE_INTEGER);
    return new Map(
      rows.flatMap(({ id, made, bytes }) => {
        const row = current.get(id);
        return row?.task && row.made === made && row.bytes <= bytes && row.lost === null
          ? [[id, row.task] as const]
          : [];
      }),
    );
  }

  /** Milliseconds until the first of a page is due: a list also holds deliveries that are due soon. */
  #untilDue([first]: readonly WaitingRow[]): number {
    const entry = first && this.#left.get(first.id);
    return entry ? entry[3] - this.#bounds.time.now() : 0;
  }

  /** Reads the webhook and, if it is stopped, cancels what waits. @returns null if it is gone */
  async #look(): Promise<DeliverableWebhook | null> {
    const { pool, keys } = this.#parts;
    const { webhookId } = this.#input;
    const { time, onProgress, signal } = this.#bounds;
    const webhook = this.#isFresh ? this.#webhook : await loadWebhook(pool, keys, webhookId);
    this.#isFresh = false;
    this.#webhook = webhook;
    const bounds = { now: time.now, onProgress, signal };
    const left = [...this.#left.values()];
    const taken = {
      ids: left.map(([id]) => id),
      until: left.reduce((latest, [, , , due]) => Math.max(latest, due), 0),
    };
    if (await endStopped(this.#parts, webhookId, webhook, bounds, taken)) this.#cleared = true;
    if (webhook && !webhook.deleted) return webhook;
    for (const id of [...this.#left.keys()]) this.#settle(id, 'over');
    return null;
  }

  /** Reads the next of the list. @returns those to send; the others' outcomes are set */
  async #read(webhook: DeliverableWebhook, most: number): Promise<WaitingRow[]> {
    const next = [...this.#left.values()].slice(0, most);
    const ids = next.map(([id]) => id);
    const rows = await readWaiting(this.#parts.pool, webhook, ids, Math.floor(aheadBytes / ids.length));
    const page: WaitingRow[] = [];
    const unwanted: string[] = [];
    const lost = { ERASED: [] as string[], GONE: [] as string[] };
    for (const [id, number] of next) {
      const row = rows.get(id);
      if (!row) this.#settle(id, 'over');
      // An earlier run made this attempt, or the webhook is stopped or paused and gets only tests.
      else if (row.made !== number - 1 || (getsOnlyTests(webhook) && !row.isTest))
        this.#settle(id, { made: row.made, dueAt: row.dueAt });
      else if (row.lost || !row.wanted) {
        (row.lost ? lost[row.lost] : unwanted).push(id);
        this.#settle(id, 'over');
      } else page.push(row);
    }
    await this.#cancel(webhook, { by: 'TYPE_NOT_TAKEN', reason: typeNotTaken }, { only: unwanted, tests: false });
    await this.#cancel(webhook, { by: 'EVENT_ERASED', reason: erasedReason }, { only: lost.ERASED, tests: true });
    await this.#cancel(webhook, { by: 'EVENT_ERASED', reason: goneReason }, { only: lost.GONE, tests: true });
    return page;
  }

  async #cancel(
    webhook: DeliverableWebhook,
    cancellation: Cancellation,
    { only, tests }: { readonly only: readonly string[]; readonly tests: boolean },
  ): Promise<void> {
    if (only.length === 0) return;
    const { pool, notifier } = this.#parts;
    const now = new Date(this.#bounds.time.now());
    const which = { all: true, tests, only };
    notifier.changed(webhook.organizationId, await cancelDue(pool, webhook.id, now, cancellation, which));
  }

  #settle(id: string, outcome: Outcome): void {
    this.#outcomes.set(id, outcome);
    this.#left.delete(id);
  }

  #begin(read: DeliveryTask, done: () => void): void {
    const { underWay } = this.#parts;
    const id = read.envelope.deliveryId;
    const [, , draw] = this.#left.get(id) as AttemptEntry;
    const task = { ...read, draw };
    this.#left.delete(id);
    const inTime = this.#hasTime ? 1 : 0;
    this.#inTime += inTime;
    const attempting = this.#make(id, task).finally(() => {
      this.#inTime -= inTime;
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

  /** What could not be sent, and what is left of the list, waits for the installation's way out. */
  async #postpone(): Promise<void> {
    const { pool, notifier } = this.#parts;
    const [first] = this.#withheld as [Withheld];
    const withheld = this.#withheld.map(({ task }) => task.envelope.deliveryId);
    const ids = [...withheld, ...this.#left.keys()];
    const waiting = await postpone(pool, ids, { reason: first.withheld, dueAt: first.dueAt });
    for (const id of ids) this.#settle(id, waiting.get(id) ?? 'over');
    notifier.changed(first.task.envelope.organizationId, [...waiting.keys()]);
  }

  async #make(id: string, task: DeliveryTask): Promise<void> {
    const { sender, recorder, tracing = null } = this.#parts;
    const result = await attempt(sender, task, this.#bounds.time, tracing);
    if (isWithheld(result)) {
      this.#withheld.push(result);
      return;
    }
    if (result.durationMs > slowMs) this.#slow = true;
    const { stands } = await recorder.record(result);
    const { retry } = result;
    if (retry && stands) {
      this.#outcomes.set(id, [retry.endedAt, retry.askedMs, indexOfTerms(termsOf(task.webhook), this.#terms)]);
      return;
    }
    // Another process recorded this attempt before: the row says what follows.
    const row = stands ? undefined : (await readWaiting(this.#parts.pool, task.webhook, [id], 0)).get(id);
    this.#outcomes.set(id, row ? { made: row.made, dueAt: row.dueAt } : 'over');
  }

  /** The limit of requests to the webhook under way here. */
  async #requestsAtOnce(webhook: DeliverableWebhook): Promise<number> {
    const perWebhook = Math.min(this.#parts.perWebhook, this.#input.atOnce ?? Number.POSITIVE_INFINITY);
    const budget = failureBudget(webhook);
    if (budget === null || webhook.disabledAt === null || webhook.stopped !== null) return perWebhook;
    const { failures, health, leased } = await failuresAndLeases(this.#parts.pool, webhook.id);
    // While it is healthy the fast lanes stay within their share; after that they stop, and what they still send is leased.
    const left = health === 'HEALTHY' ? budget.drain : webhook.disabledAt - failures - leased;
    return Math.min(perWebhook, budget.drain, Math.max(0, left));
  }
}
