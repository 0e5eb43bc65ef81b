import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { Shares } from '../fairness/shares.ts';
import { Turns } from '../fairness/turns.ts';
import type { Sender } from '../sender/exchange.ts';
import { attempt } from './attempt.ts';
import { idsByOrganization } from './byOrganization.ts';
import { failureBudget } from './failureBudget.ts';
import { HandOver } from './handOver.ts';
import { Lane } from './lane.ts';
import type { ProcessLease } from './processLease.ts';
import type { Recorder } from './recorder.ts';
import type { DeliverableWebhook } from './routing.ts';
import type { DeliveryTask } from './task.ts';
import type { Waker } from './waker.ts';

export interface DispatchLimits {
  /** Requests under way in this process. */
  readonly perProcess: number;
  /** Requests under way to one webhook from this process. */
  readonly perWebhook: number;
  /** How long a receiver may leave a full set of requests unanswered before what waits is left to its workflow. Default a second. */
  readonly patienceMs?: number;
}

/** What a dispatcher asks of its process's lease. */
export type DispatchLease = Pick<ProcessLease, 'valid' | 'shareOf'>;

/** First attempts that may wait in memory: in all, for one webhook, and in bytes of their events' data. */
const mostQueued = 20_000;
const mostQueuedPerWebhook = 2_000;
const mostQueuedBytes = 128 * 1024 * 1024;
const tickMs = 250;
/**
 * Requests begun in one turn of the event loop. To begin one takes longer than anything else here: whoever has little to send
 * or to ask waits for no more of them than these, however many are ready.
 */
const begunATurn = 16;

const stoppedStatement = `
  SELECT w.id FROM webhook w LEFT JOIN webhook_state s ON s.webhook_id = w.id
   WHERE w.id = ANY ($1::uuid[]) AND (w.deleted_at IS NOT NULL OR NOT w.active OR s.health = 'DISABLED')`;

/**
 * The fast lane: makes first attempts at once, from the process that took the event. What it has no room for it leaves to the
 * webhooks' workflows, so that a receiver that is slow or dead holds up nobody else's deliveries. Slots and places in the queue
 * are shared among organizations, whose turn it is one after the other; within one its webhooks take turns.
 */
export class Dispatcher {
  readonly #pool: Pool;
  readonly #sender: Sender;
  readonly #recorder: Recorder;
  readonly #handOver: HandOver;
  readonly #waker: Waker;
  readonly #lease: DispatchLease;
  readonly #log: Logger;
  readonly #limits: DispatchLimits;
  readonly #lanes = new Map<string, Lane>();
  /** Lanes with something to send that may have more under way, by organization. */
  readonly #ready = new Turns<Lane>();
  /** Requests under way, by organization. */
  readonly #slots: Shares;
  /** What is queued, by organization: deliveries, and the length of their events' data. */
  readonly #places = new Shares(mostQueued);
  readonly #bytes = new Shares(mostQueuedBytes);
  readonly #owned = new Set<string>();
  /** Webhooks that so many failures disable, and since when they are known to fail. */
  readonly #ill = new Map<string, number>();
  #inFlight = 0;
  #begun = 0;
  #closing = false;
  #looking = false;
  #idle: (() => void) | null = null;
  readonly #tick: NodeJS.Timeout;

  constructor(parts: {
    pool: Pool;
    sender: Sender;
    recorder: Recorder;
    waker: Waker;
    lease: DispatchLease;
    log: Logger;
    limits: DispatchLimits;
  }) {
    this.#pool = parts.pool;
    this.#sender = parts.sender;
    this.#recorder = parts.recorder;
    this.#handOver = new HandOver(parts.pool);
    this.#waker = parts.waker;
    this.#lease = parts.lease;
    this.#log = parts.log;
    this.#limits = parts.limits;
    this.#slots = new Shares(parts.limits.perProcess);
    this.#tick = setInterval(() => this.#look(), tickMs);
    this.#tick.unref();
  }

  /** Deliveries that are sent or queued here, or whose attempt is not recorded yet. */
  get open(): number {
    return this.#owned.size;
  }

  /** Whether this process has the delivery in hand. */
  owns(deliveryId: string): boolean {
    return this.#owned.has(deliveryId);
  }

  /**
   * Whether deliveries can be attempted here, at once. Asked before they are stored, because it decides who will own them.
   *
   * @param ofWebhook - how many of its next deliveries
   * @param ofOrganization - how many of its organization's, those among them
   * @param isTest - it counts for nothing
   */
  hasRoom(webhook: DeliverableWebhook, ofWebhook: number, ofOrganization: number, isTest = false): boolean {
    const { id, organizationId } = webhook;
    if (this.#closing || !this.#lease.valid || !this.#recorder.hasRoom(organizationId)) return false;
    if (!this.#places.admits(organizationId, ofOrganization) || !this.#bytes.admits(organizationId)) return false;
    // What so many failures disable is left to its workflow once it fails: there one place counts what is under way.
    const mayFail = isTest || webhook.disabledAt === null;
    if (!mayFail && (webhook.health !== 'HEALTHY' || this.#limitOf(webhook) === 0)) return false;
    const lane = this.#lanes.get(id);
    return lane === undefined || (!lane.stalled && lane.queued + ofWebhook <= mostQueuedPerWebhook);
  }

  /**
   * Takes deliveries in hand, before they are stored and leased to this process: whoever looks for what is leased here and not
   * in hand must not find these, however long the database takes to say that it has them.
   */
  own(deliveryIds: Iterable<string>): void {
    for (const id of deliveryIds) this.#owned.add(id);
  }

  /** Gives up what was not stored, or of which it is not known: what is leased here all the same, the audit finds. */
  disown(deliveryIds: Iterable<string>): void {
    for (const id of deliveryIds) this.#owned.delete(id);
  }

  /** Attempts deliveries that are stored and leased to this process. */
  dispatch(tasks: readonly DeliveryTask[]): void {
    if (this.#closing) {
      this.#leaveInBackground(tasks);
      return;
    }
    const late: DeliveryTask[] = [];
    for (const task of tasks) {
      this.#owned.add(task.envelope.deliveryId);
      if (!task.isTest && this.#hasFallenIll(task.webhook)) {
        late.push(task);
        continue;
      }
      const lane = this.#laneOf(task.webhook);
      lane.enqueue(task);
      this.#places.take(lane.organizationId);
      this.#bytes.take(lane.organizationId, sizeOf(task));
      this.#wait(lane);
    }
    this.#pump();
    this.#leaveInBackground(late);
  }

  /** Whether a webhook that so many failures disable is known to fail since its routes were read. */
  #hasFallenIll({ id, disabledAt, readAt }: DeliverableWebhook): boolean {
    const since = disabledAt === null ? undefined : this.#ill.get(id);
    if (since === undefined) return false;
    if (readAt <= since) return true;
    this.#ill.delete(id);
    return false;
  }

  /** Gives deliveries that are leased to this process to their webhooks' workflows. */
  async leave(tasks: readonly DeliveryTask[]): Promise<void> {
    await Promise.all(
      [...idsByOrganization(tasks.map(({ envelope }) => envelope))].map(([organizationId, deliveryIds]) =>
        this.#handOver.give(organizationId, deliveryIds, (ids, webhookIds) => {
          for (const id of ids) this.#owned.delete(id);
          const now = Date.now();
          for (const webhookId of webhookIds) this.#waker.wake(webhookId, now);
        }),
      ),
    );
  }

  /** Leaves what is queued for a webhook to its workflow: it gets nothing at present. */
  forget(webhookId: string): void {
    const lane = this.#lanes.get(webhookId);
    if (lane) this.#leaveLane(lane);
  }

  /** Leaves what is queued to the workflows, and resolves when what is under way is recorded. */
  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#tick);
    this.#handOver.hurry();
    await this.leave(this.#takeAll()).catch((error) => {
      // They stay leased: the sweep finds them once this process is gone.
      this.#log.warn({ err: error }, 'what was queued could not be left to the workflows');
    });
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    await this.#recorder.drained();
  }

  #laneOf(webhook: DeliverableWebhook): Lane {
    let lane = this.#lanes.get(webhook.id);
    if (!lane) {
      lane = new Lane(webhook.id, webhook.organizationId, () => this.#limitOf(webhook), this.#limits.patienceMs);
      this.#lanes.set(webhook.id, lane);
    }
    return lane;
  }

  #limitOf(webhook: DeliverableWebhook): number {
    const { perWebhook } = this.#limits;
    const budget = failureBudget(webhook);
    return budget === null ? perWebhook : Math.min(perWebhook, this.#lease.shareOf(budget.fast));
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
    this.#places.give(organizationId);
    this.#bytes.give(organizationId, sizeOf(task));
  }

  /** Lets a lane wait for its turn, where it may have more under way. */
  #wait(lane: Lane): void {
    if (lane.waits || !lane.sendable) return;
    lane.waits = true;
    this.#ready.add(lane.organizationId, lane);
  }

  #pump(): void {
    if (!this.#lease.valid) {
      // Others may take over what is leased here at any moment: only what is under way already may come twice.
      const queued = this.#takeAll();
      if (queued.length > 0) this.#leaveInBackground(queued);
      return;
    }
    while (this.#slots.free > 0 && this.#begun < begunATurn) {
      const lane = this.#ready.take((organization) => this.#mayBegin(organization));
      if (!lane) return;
      lane.waits = false;
      const task = lane.take();
      if (!task) continue;
      this.#unqueue(lane, task);
      this.#wait(lane);
      this.#inFlight++;
      this.#slots.take(lane.organizationId);
      // The first of a turn sees to it that there is another.
      if (this.#begun++ === 0) setImmediate(() => this.#nextTurn());
      void this.#send(lane, task);
    }
  }

  #nextTurn(): void {
    const full = this.#begun >= begunATurn;
    this.#begun = 0;
    if (full) this.#pump();
  }

  #mayBegin(organizationId: string): boolean {
    return this.#slots.admits(organizationId) && this.#recorder.hasRoom(organizationId);
  }

  async #send(lane: Lane, task: DeliveryTask): Promise<void> {
    const { deliveryId } = task.envelope;
    const { id, disabledAt } = task.webhook;
    try {
      const result = await attempt(this.#sender, task);
      // Where failures are counted against a limit, the next may leave only when this one is.
      if (disabledAt === null) this.#finish(lane, deliveryId);
      const { health, stands } = await this.#recorder.record(result);
      if (disabledAt !== null) {
        if (health !== 'HEALTHY') {
          this.#ill.set(id, performance.now());
          this.#leaveLane(lane);
        }
        this.#finish(lane, deliveryId);
      }
      if (stands) this.#waker.failed(result, this.#limits.perWebhook);
    } catch (error) {
      // A fault of ours: the delivery stays leased, and the audit gives it to its workflow.
      this.#log.error({ err: error, deliveryId }, 'an attempt broke off');
      this.#finish(lane, deliveryId);
    } finally {
      this.#owned.delete(deliveryId);
      if (this.#closing && this.#inFlight === 0) this.#idle?.();
    }
  }

  /** Frees a request's place. */
  #finish(lane: Lane, deliveryId: string): void {
    if (!lane.finished(deliveryId)) return;
    this.#inFlight--;
    this.#slots.give(lane.organizationId);
    this.#wait(lane);
    this.#pump();
  }

  /** Looks after what nothing that ends will: lanes that stand still, and what waits for room of another kind. */
  #look(): void {
    this.#pump();
    this.#leaveStalled();
    this.#leaveStopped().catch((error) => {
      this.#log.warn({ err: error }, 'whether webhooks still get what is queued for them could not be read');
    });
  }

  /** Webhooks that were stopped, by whatever process, get nothing more of what waits here: their workflows see to it. */
  async #leaveStopped(): Promise<void> {
    const waiting = [...this.#lanes.values()].filter(({ queued }) => queued > 0).map(({ webhookId }) => webhookId);
    if (waiting.length === 0 || this.#looking) return;
    this.#looking = true;
    try {
      const { rows } = await this.#pool.query<{ id: string }>({
        name: 'stopped',
        text: stoppedStatement,
        values: [waiting],
      });
      for (const { id } of rows) this.forget(id);
    } finally {
      this.#looking = false;
    }
  }

  #leaveStalled(): void {
    for (const lane of this.#lanes.values()) {
      if (lane.forgettable) this.#lanes.delete(lane.webhookId);
      // What its organization's other receivers hold up goes by its workflow, too.
      else if (lane.stalled || (lane.starved && !this.#slots.admits(lane.organizationId))) this.#leaveLane(lane);
      else this.#wait(lane);
    }
  }

  /** Leaves what waits in a lane to its webhook's workflow. */
  #leaveLane(lane: Lane): void {
    if (lane.queued === 0) return;
    this.#leaveInBackground(this.#takeAllOf(lane));
  }

  #leaveInBackground(tasks: readonly DeliveryTask[]): void {
    this.leave(tasks).catch((error) => {
      // They stay leased to this process: the audit finds them.
      this.#log.warn({ err: error, deliveries: tasks.length }, 'deliveries could not be left to their workflows');
      for (const task of tasks) this.#owned.delete(task.envelope.deliveryId);
    });
  }
}

const sizeOf = ({ envelope }: DeliveryTask): number => envelope.data.length + (envelope.previous?.length ?? 0);
