import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { Company } from '../fairness/company.ts';
import { Shares } from '../fairness/shares.ts';
import { Turns } from '../fairness/turns.ts';
import { Tally } from '../ground/tally.ts';
import type { Sender } from '../sender/exchange.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { attempt, systemTime } from './attempt.ts';
import { idsByOrganization } from './byOrganization.ts';
import { failureBudget } from './failureBudget.ts';
import { HandOver } from './handOver.ts';
import { Lane } from './lane.ts';
import type { ProcessLease } from './processLease.ts';
import type { Recorder } from './recorder.ts';
import type { Withholding } from './release.ts';
import type { DeliverableWebhook } from './routing.ts';
import { type DeliveryTask, isWithheld, type Withheld } from './task.ts';
import type { Waker } from './waker.ts';

export interface DispatchLimits {
  /** Concurrent requests of this process. */
  readonly perProcess: number;
  /** Concurrent requests of this process to one webhook. */
  readonly perWebhook: number;
  /** How long a receiver may leave all its concurrent requests unanswered before the queue goes to its workflow. Default 1 s. */
  readonly patienceMs?: number;
}

/** The parts of a process's lease that a dispatcher uses. */
export type DispatchLease = Pick<ProcessLease, 'valid' | 'shareOf'>;

/** See {@link Dispatcher.load}. */
export interface LaneLoad {
  readonly lanes: number;
  /** Lanes whose receiver does not answer. */
  readonly stalled: number;
  readonly queued: number;
  readonly inFlight: number;
}

export interface DispatcherParts {
  readonly pool: Pool;
  readonly sender: Sender;
  readonly recorder: Recorder;
  readonly waker: Waker;
  readonly lease: DispatchLease;
  readonly log: Logger;
  readonly limits: DispatchLimits;
  /** Absent or null: off. */
  readonly tracing?: Tracing | null;
}

/** Limits of first attempts queued in memory: in all, for one webhook, and in bytes of their events' data. */
const maxQueued = 20_000;
const maxQueuedPerWebhook = 2_000;
const maxQueuedBytes = 128 * 1024 * 1024;
const tickMs = 250;
/**
 * Requests begun in one turn of the event loop. Beginning one takes longer than anything else here; this limit keeps other
 * work from waiting behind many.
 */
const maxBegunPerTurn = 16;
/**
 * No further one is begun after so long: writing the body of one large event for a receiver may take a tenth of a second. After a turn
 * that took still longer, everything else has the thread for as long. Milliseconds.
 */
const maxTurnMs = 10;
const longTurnMs = 25;
/**
 * The same for an organization that has more queued than one webhook may have, while others have deliveries, too. The next turn then
 * comes after a rest as long as this one: what is behind thousands can wait a moment, and who has a few should not.
 */
const maxBegunOfMany = 4;

/** Those of the webhooks $1, read when they had last been changed at $2, whose queue must not be sent as it is. */
const changedStatement = `
  SELECT w.id
    FROM unnest($1::uuid[], $2::timestamptz[]) AS queued(id, updated_at)
    JOIN webhook w ON w.id = queued.id
    LEFT JOIN webhook_state s ON s.webhook_id = w.id
   WHERE w.deleted_at IS NOT NULL OR NOT w.active OR s.health = 'DISABLED'
      OR (w.paused_at IS NOT NULL AND w.resuming_at IS NULL)
      OR w.updated_at IS DISTINCT FROM queued.updated_at`;

/**
 * The fast lane: makes first attempts at once, in the process that took the event. Deliveries that it has no room for go to the
 * webhooks' workflows, so that a slow or dead receiver delays no other deliveries. Organizations share slots and queue, and
 * take turns; within an organization its webhooks take turns.
 */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #handOver: HandOver;
  readonly #lanes = new Map<string, Lane>();
  /** Lanes that have something to send and a free slot, by organization. */
  readonly #ready = new Turns<Lane>();
  /** Requests under way, by organization. */
  readonly #slots: Shares;
  /** The queue by organization: deliveries, and the length of their events' data. */
  readonly #places = new Shares(maxQueued);
  readonly #bytes = new Shares(maxQueuedBytes);
  readonly #owned = new Set<string>();
  /** Failing webhooks, of those that a number of failures disables, and since when they are known to fail. */
  readonly #failing = new Map<string, number>();
  /** Could not be sent, by the installation's fault, and are still leased. */
  #withheld: Withheld[] = [];
  #inFlight = 0;
  /** Requests begun in this turn, by organization, and whether one has reached its limit. */
  #begun = new Tally();
  #isHeld = false;
  /** How long beginning them has taken in this turn, in milliseconds. */
  #spentMs = 0;
  readonly #company = new Company();
  #closing = false;
  #readingChanges = false;
  #idle: (() => void) | null = null;
  readonly #tick: NodeJS.Timeout;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    this.#handOver = new HandOver(parts.pool);
    this.#slots = new Shares(parts.limits.perProcess);
    this.#tick = setInterval(() => this.#onTick(), tickMs);
    this.#tick.unref();
  }

  /** Number of deliveries that this process owns: queued, being sent, or not recorded yet. */
  get open(): number {
    return this.#owned.size;
  }

  /** What this process's lanes hold: first attempts queued and under way, by webhook. */
  get load(): LaneLoad {
    let stalled = 0;
    let queued = 0;
    for (const lane of this.#lanes.values()) {
      queued += lane.queued;
      if (!lane.idle && lane.stalled) stalled++;
    }
    return { lanes: this.#lanes.size, stalled, queued, inFlight: this.#inFlight };
  }

  /** Whether this process owns the delivery. */
  owns(deliveryId: string): boolean {
    return this.#owned.has(deliveryId);
  }

  /**
   * Whether deliveries can be attempted here at once. Asked before they are stored, because it decides who owns them.
   *
   * @param ofWebhook - number of its next deliveries
   * @param ofOrganization - number of its organization's, including those
   * @param isTest - tests do not count as failures
   * @param bytes - of texts that are to be read for its organization's, including those. The first may be larger than what is left
   */
  hasRoom(webhook: DeliverableWebhook, ofWebhook: number, ofOrganization: number, isTest = false, bytes = 0): boolean {
    const { id, organizationId } = webhook;
    // While nothing can leave the installation, the workflows keep what waits.
    if (this.#parts.sender.isBlocked) return false;
    if (this.#closing || !this.#parts.lease.valid || !this.#parts.recorder.hasRoom(organizationId)) return false;
    if (!this.#places.admits(organizationId, ofOrganization)) return false;
    const isFirst = ofOrganization === 1 && this.#bytes.held(organizationId) === 0;
    if (!this.#bytes.admits(organizationId, isFirst ? 1 : Math.max(1, bytes))) return false;
    // Once a webhook that a number of failures disables begins to fail, only its workflow sends: one place counts its requests.
    const mayFail = isTest || webhook.disabledAt === null;
    if (!mayFail && (webhook.health !== 'HEALTHY' || this.#limitOf(webhook) === 0)) return false;
    const lane = this.#lanes.get(id);
    return lane === undefined || (!lane.stalled && lane.queued + ofWebhook <= maxQueuedPerWebhook);
  }

  /**
   * Owns deliveries before they are stored and leased to this process. Otherwise the lease audit would find them as lost if the
   * database is slow to confirm the commit.
   */
  own(deliveryIds: Iterable<string>): void {
    for (const id of deliveryIds) this.#owned.add(id);
  }

  /** Gives up deliveries that were not stored, or perhaps not: if they were, the lease audit finds them. */
  disown(deliveryIds: Iterable<string>): void {
    for (const id of deliveryIds) this.#owned.delete(id);
  }

  /** Attempts deliveries that are stored and leased to this process. */
  dispatch(tasks: readonly DeliveryTask[]): void {
    if (this.#closing) {
      void this.#leaveInBackground(tasks);
      return;
    }
    const late: DeliveryTask[] = [];
    for (const task of tasks) {
      this.#owned.add(task.envelope.deliveryId);
      if (!task.isTest && this.#isFailing(task.webhook)) {
        late.push(task);
        continue;
      }
      const lane = this.#laneOf(task.webhook);
      this.#company.see(lane.organizationId);
      lane.enqueue(task);
      this.#places.take(lane.organizationId);
      this.#bytes.take(lane.organizationId, sizeOf(task));
      this.#wait(lane);
    }
    this.#pump();
    void this.#leaveInBackground(late);
  }

  /** Whether a webhook that a number of failures disables has begun to fail since its routes were read. */
  #isFailing({ id, disabledAt, readAt }: DeliverableWebhook): boolean {
    const since = disabledAt === null ? undefined : this.#failing.get(id);
    if (since === undefined) return false;
    if (readAt <= since) return true;
    this.#failing.delete(id);
    return false;
  }

  /** Hands deliveries that are leased to this process to their webhooks' workflows. */
  async leave(tasks: readonly DeliveryTask[], withheld: Withholding | null = null): Promise<void> {
    await Promise.all(
      [...idsByOrganization(tasks.map(({ envelope }) => envelope))].map(([organizationId, deliveryIds]) =>
        this.#handOver.give(
          organizationId,
          deliveryIds,
          (ids, webhookIds) => {
            for (const id of ids) this.#owned.delete(id);
            const dueAt = Math.max(Date.now(), withheld?.dueAt ?? 0);
            for (const webhookId of webhookIds) this.#parts.waker.wake(webhookId, dueAt, organizationId);
          },
          withheld,
        ),
      ),
    );
  }

  /** Hands the queue of a webhook that was stopped or changed to its workflow. */
  forget(webhookId: string): void {
    const lane = this.#lanes.get(webhookId);
    if (lane) this.#leaveLane(lane);
  }

  /** Hands the queue to the workflows, and resolves when all requests under way are recorded. */
  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#tick);
    this.#handOver.hurry();
    await this.leave(this.#takeAll()).catch((error) => {
      // They stay leased: the sweep finds them after this process has ended.
      this.#parts.log.warn({ err: error }, 'queued deliveries could not be handed to the workflows');
    });
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    await Promise.all(this.#leaveWithheld());
    await this.#parts.recorder.drained();
  }

  #laneOf(webhook: DeliverableWebhook): Lane {
    let lane = this.#lanes.get(webhook.id);
    if (!lane) {
      lane = new Lane(webhook.id, webhook.organizationId, () => this.#limitOf(webhook), this.#parts.limits.patienceMs);
      this.#lanes.set(webhook.id, lane);
    }
    return lane;
  }

  #limitOf(webhook: DeliverableWebhook): number {
    const { perWebhook } = this.#parts.limits;
    const budget = failureBudget(webhook);
    return budget === null ? perWebhook : Math.min(perWebhook, this.#parts.lease.shareOf(budget.fast));
  }

  #takeAll(): DeliveryTask[] {
    return [...this.#lanes.values()].flatMap((lane) => this.#takeAllOf(lane));
  }

  #takeAllOf(lane: Lane): DeliveryTask[] {
    const tasks = lane.takeAll();
    for (const task of tasks) this.#unqueue(lane, task);
    return tasks;
  }

  #unqueue({ organizationId }: Lane, task: DeliveryTask): void {
    this.#places.release(organizationId);
    this.#bytes.release(organizationId, sizeOf(task));
  }

  /** Queues a lane for its turn if it has something to send and a free slot. */
  #wait(lane: Lane): void {
    if (lane.waits || !lane.sendable) return;
    lane.waits = true;
    this.#ready.add(lane.organizationId, lane);
  }

  #pump(): void {
    if (!this.#parts.lease.valid) {
      // Another process may take over the leased deliveries at any moment: only requests already under way may be sent twice.
      const queued = this.#takeAll();
      if (queued.length > 0) void this.#leaveInBackground(queued);
      return;
    }
    while (this.#slots.free > 0 && this.#begun.total < maxBegunPerTurn && this.#spentMs < maxTurnMs) {
      const lane = this.#ready.take((organization) => this.#mayBegin(organization));
      if (!lane) return;
      lane.waits = false;
      const task = lane.take();
      if (!task) continue;
      this.#unqueue(lane, task);
      this.#wait(lane);
      this.#inFlight++;
      this.#slots.take(lane.organizationId);
      this.#begun.add(lane.organizationId, 1);
      // The first of a turn schedules the next turn.
      if (this.#begun.total === 1) this.#beginTurn();
      const beganAt = performance.now();
      void this.#send(lane, task);
      this.#spentMs += performance.now() - beganAt;
    }
  }

  #beginTurn(): void {
    const beganAt = performance.now();
    setImmediate(() => {
      if (this.#isHeld) setTimeout(() => this.#nextTurn(), performance.now() - beganAt);
      else if (this.#spentMs >= longTurnMs) setTimeout(() => this.#nextTurn(), this.#spentMs);
      else this.#nextTurn();
    });
  }

  #nextTurn(): void {
    const full = this.#isHeld || this.#spentMs >= maxTurnMs || this.#begun.total >= maxBegunPerTurn;
    this.#begun = new Tally();
    this.#isHeld = false;
    this.#spentMs = 0;
    if (full) this.#pump();
  }

  #mayBegin(organizationId: string): boolean {
    if (!this.#slots.admits(organizationId) || !this.#parts.recorder.hasRoom(organizationId)) return false;
    if (this.#places.held(organizationId) <= maxQueuedPerWebhook) return true;
    if (this.#begun.of(organizationId) < maxBegunOfMany) return true;
    if (!this.#company.hasOthers(organizationId)) return true;
    this.#isHeld = true;
    return false;
  }

  async #send(lane: Lane, task: DeliveryTask): Promise<void> {
    const { deliveryId } = task.envelope;
    const { id, disabledAt } = task.webhook;
    let withheld = false;
    try {
      const result = await attempt(this.#parts.sender, task, systemTime, this.#parts.tracing ?? null);
      if (isWithheld(result)) {
        withheld = true;
        this.#withhold(result);
        this.#finish(lane, deliveryId);
        return;
      }
      // If a number of failures disables the webhook, the slot is freed only after the record.
      if (disabledAt === null) this.#finish(lane, deliveryId);
      const { health, stands } = await this.#parts.recorder.record(result);
      if (disabledAt !== null) {
        if (health !== 'HEALTHY') {
          this.#failing.set(id, performance.now());
          this.#leaveLane(lane);
        }
        this.#finish(lane, deliveryId);
      }
      if (stands) this.#parts.waker.failed(result, this.#parts.limits.perWebhook);
    } catch (error) {
      // A bug: the delivery stays leased, and the lease audit hands it to its workflow.
      this.#parts.log.error({ err: error, deliveryId }, 'an attempt failed with an internal error');
      this.#finish(lane, deliveryId);
    } finally {
      if (!withheld) this.#owned.delete(deliveryId);
      if (this.#closing && this.#inFlight === 0) this.#idle?.();
    }
  }

  /** It could not be sent, by the installation's fault: the workflow tries again. */
  #withhold(result: Withheld): void {
    this.#withheld.push(result);
    if (!this.#parts.sender.isBlocked) return;
    // What is queued would not get further.
    for (const task of this.#takeAll()) this.#withheld.push({ ...result, task });
  }

  /** Hands what could not be sent to the workflows, many at a time. */
  #leaveWithheld(): Promise<void>[] {
    const byReason = new Map<string, Withheld[]>();
    for (const each of this.#withheld) {
      const list = byReason.get(each.withheld);
      if (list) list.push(each);
      else byReason.set(each.withheld, [each]);
    }
    this.#withheld = [];
    return [...byReason].map(([reason, list]) => {
      const dueAt = list.reduce((latest, each) => Math.max(latest, each.dueAt), 0);
      return this.#leaveInBackground(
        list.map(({ task }) => task),
        { reason, dueAt },
      );
    });
  }

  /** Frees a request's slot. */
  #finish(lane: Lane, deliveryId: string): void {
    if (!lane.finished(deliveryId)) return;
    this.#inFlight--;
    this.#slots.release(lane.organizationId);
    this.#wait(lane);
    this.#pump();
  }

  /** Handles what the end of a request does not: stalled lanes, and deliveries that wait for other room. */
  #onTick(): void {
    this.#pump();
    this.#leaveStalled();
    if (this.#withheld.length > 0) this.#leaveWithheld();
    this.#leaveChanged().catch((error) => {
      this.#parts.log.warn({ err: error }, 'the state of webhooks with queued deliveries could not be read');
    });
  }

  /**
   * Hands the queues of webhooks that were stopped or changed, by any process, to their workflows: what is queued would be signed by
   * the secret that it was read with, and go to that URL. The workflows read the webhook again.
   */
  async #leaveChanged(): Promise<void> {
    const waiting = [...this.#lanes.values()].flatMap((lane) => lane.next?.webhook ?? []);
    if (waiting.length === 0 || this.#readingChanges) return;
    this.#readingChanges = true;
    try {
      const { rows } = await this.#parts.pool.query<{ id: string }>({
        name: 'changed_webhooks',
        text: changedStatement,
        values: [waiting.map(({ id }) => id), waiting.map(({ updatedAt }) => updatedAt)],
      });
      for (const { id } of rows) this.forget(id);
    } finally {
      this.#readingChanges = false;
    }
  }

  #leaveStalled(): void {
    for (const lane of this.#lanes.values()) {
      if (lane.forgettable) this.#lanes.delete(lane.webhookId);
      // So is one that is delayed by other receivers of its organization.
      else if (lane.stalled || (lane.starved && !this.#slots.admits(lane.organizationId))) this.#leaveLane(lane);
      else this.#wait(lane);
    }
  }

  /** Hands the queue of a lane to its webhook's workflow. */
  #leaveLane(lane: Lane): void {
    if (lane.queued === 0) return;
    void this.#leaveInBackground(this.#takeAllOf(lane));
  }

  #leaveInBackground(tasks: readonly DeliveryTask[], withheld: Withholding | null = null): Promise<void> {
    return this.leave(tasks, withheld).catch((error) => {
      // They stay leased to this process: the lease audit finds them.
      this.#parts.log.warn(
        { err: error, deliveries: tasks.length },
        'deliveries could not be handed to their workflows',
      );
      for (const task of tasks) this.#owned.delete(task.envelope.deliveryId);
    });
  }
}

const sizeOf = ({ envelope }: DeliveryTask): number => envelope.data.length + (envelope.previous?.length ?? 0);
