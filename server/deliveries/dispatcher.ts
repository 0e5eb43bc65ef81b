import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Sender } from '../sender/exchange.ts';
import { attempt } from './attempt.ts';
import { failureBudget } from './failureBudget.ts';
import { Lane } from './lane.ts';
import type { ProcessLease } from './processLease.ts';
import type { Recorder } from './recorder.ts';
import { release } from './release.ts';
import type { DeliverableWebhook } from './routing.ts';
import type { DeliveryTask } from './task.ts';
import type { Waker } from './waker.ts';

export interface DispatchLimits {
  /** Requests under way in this process. */
  readonly perProcess: number;
  /** Requests under way to one webhook from this process. */
  readonly perWebhook: number;
}

/** What a dispatcher asks of its process's lease. */
export type DispatchLease = Pick<ProcessLease, 'valid' | 'shareOf'>;

/** First attempts that may wait in memory: in all, for one webhook, and in bytes of their events' data. */
const mostQueued = 20_000;
const mostQueuedPerWebhook = 2_000;
const mostQueuedBytes = 128 * 1024 * 1024;
/** While so many attempts wait to be recorded no more are made: their answers are kept in memory, too. */
const mostUnrecorded = 2_000;
const tickMs = 250;

const stoppedStatement = `
  SELECT w.id FROM webhook w LEFT JOIN webhook_state s ON s.webhook_id = w.id
   WHERE w.id = ANY ($1::uuid[]) AND (w.deleted_at IS NOT NULL OR NOT w.active OR s.health = 'DISABLED')`;

/**
 * The fast lane: makes first attempts at once, from the process that took the event. What it has no room for it leaves to the
 * webhooks' workflows, so that a receiver that is slow or dead holds up nobody else's deliveries.
 */
export class Dispatcher {
  readonly #pool: Pool;
  readonly #sender: Sender;
  readonly #recorder: Recorder;
  readonly #waker: Waker;
  readonly #lease: DispatchLease;
  readonly #log: Logger;
  readonly #limits: DispatchLimits;
  readonly #lanes = new Map<string, Lane>();
  /** Lanes with something to send and room to send it, in turn. */
  readonly #ready = new Set<Lane>();
  readonly #owned = new Set<string>();
  /** Webhooks that so many failures disable, and since when they are known to fail. */
  readonly #ill = new Map<string, number>();
  #inFlight = 0;
  #queued = 0;
  #queuedBytes = 0;
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
    this.#waker = parts.waker;
    this.#lease = parts.lease;
    this.#log = parts.log;
    this.#limits = parts.limits;
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
   * Whether the webhook's next deliveries can be attempted here, at once. Asked before they are stored, because it decides
   * who will own them.
   */
  hasRoom(webhook: DeliverableWebhook, count: number): boolean {
    if (this.#closing || !this.#lease.valid || this.#recorder.backlog > mostUnrecorded) return false;
    if (this.#queued + count > mostQueued || this.#queuedBytes > mostQueuedBytes) return false;
    // What so many failures disable is left to its workflow once it fails: there one place counts what is under way.
    if (webhook.disabledAt !== null && (webhook.health !== 'HEALTHY' || this.#limitOf(webhook) === 0)) return false;
    const lane = this.#lanes.get(webhook.id);
    return lane === undefined || (!lane.stalled && lane.queued + count <= mostQueuedPerWebhook);
  }

  /** Attempts deliveries that are stored and leased to this process. */
  dispatch(tasks: readonly DeliveryTask[]): void {
    const late: DeliveryTask[] = [];
    for (const task of tasks) {
      this.#owned.add(task.envelope.deliveryId);
      if (this.#hasFallenIll(task.webhook)) {
        late.push(task);
        continue;
      }
      const lane = this.#laneOf(task.webhook);
      lane.enqueue(task);
      this.#queued++;
      this.#queuedBytes += sizeOf(task);
      this.#ready.add(lane);
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
    if (tasks.length === 0) return;
    const ids = tasks.map((task) => task.envelope.deliveryId);
    const released = await release(this.#pool, ids);
    for (const id of ids) this.#owned.delete(id);
    const now = Date.now();
    for (const webhookId of released) this.#waker.wake(webhookId, now);
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
      lane = new Lane(webhook.id, () => this.#limitOf(webhook));
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
    const queued = [...this.#lanes.values()].flatMap((lane) => lane.takeAll());
    this.#ready.clear();
    this.#queued = 0;
    this.#queuedBytes = 0;
    return queued;
  }

  #pump(): void {
    if (!this.#lease.valid) {
      // Others may take over what is leased here at any moment: only what is under way already may come twice.
      const queued = this.#takeAll();
      if (queued.length > 0) this.#leaveInBackground(queued);
      return;
    }
    if (this.#recorder.backlog > mostUnrecorded) return;
    // One task a lane and turn: a webhook with a long queue does not delay the others.
    while (this.#inFlight < this.#limits.perProcess) {
      const next = this.#ready.values().next();
      if (next.done) return;
      const lane = next.value;
      this.#ready.delete(lane);
      const task = lane.take();
      if (!task) continue;
      this.#queued--;
      this.#queuedBytes -= sizeOf(task);
      if (lane.sendable) this.#ready.add(lane);
      this.#inFlight++;
      void this.#send(lane, task);
    }
  }

  async #send(lane: Lane, task: DeliveryTask): Promise<void> {
    const { deliveryId } = task.envelope;
    const { id, disabledAt } = task.webhook;
    try {
      const result = await attempt(this.#sender, task);
      // Where failures are counted against a limit, the next may leave only when this one is.
      if (disabledAt === null) this.#finish(lane, deliveryId);
      const health = await this.#recorder.record(result);
      if (disabledAt !== null) {
        if (health !== 'HEALTHY') {
          this.#ill.set(id, performance.now());
          this.#leaveLane(lane);
        }
        this.#finish(lane, deliveryId);
      }
      if (result.nextAttemptAt) this.#waker.wake(id, result.nextAttemptAt.getTime());
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
    if (lane.sendable) this.#ready.add(lane);
    else if (lane.idle) this.#lanes.delete(lane.webhookId);
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
    for (const lane of this.#lanes.values()) if (lane.stalled) this.#leaveLane(lane);
  }

  /** Leaves what waits in a lane to its webhook's workflow. */
  #leaveLane(lane: Lane): void {
    if (lane.queued === 0) return;
    const tasks = lane.takeAll();
    this.#queued -= tasks.length;
    for (const task of tasks) this.#queuedBytes -= sizeOf(task);
    this.#ready.delete(lane);
    this.#leaveInBackground(tasks);
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
