import type { DeliveryTask } from './task.ts';

/** A receiver counts as stuck if all slots are in use and the oldest request has had no answer for this long. Milliseconds. */
const defaultPatienceMs = 1_000;
/** Concurrent requests to a receiver whose last answer came later than that, or not at all: enough to notice its recovery. */
const slowLimit = 2;
/** Concurrent requests to a receiver that has not answered yet. */
const unknownLimit = 8;
/** How long after the last answer the receiver's speed is remembered. Milliseconds. */
const rememberedMs = 300_000;

/** One webhook's first attempts in this process: those under way and those queued behind them. */
export class Lane {
  readonly webhookId: string;
  readonly organizationId: string;
  /** Whether it waits for its turn. The dispatcher sets this. */
  waits = false;
  readonly #fullLimit: () => number;
  readonly #patienceMs: number;
  /** How fast the receiver answered the last request; null before the first answer. */
  #last: 'quick' | 'slow' | null = null;
  /** When a request last began or ended, or the queue's first delivery came. */
  #movedAt = performance.now();
  readonly #queue: DeliveryTask[] = [];
  #head = 0;
  /** When each request under way began, oldest first. */
  readonly #inFlight = new Map<string, number>();

  /**
   * @param limit - concurrent requests; read each time because it may be shared with other processes and change
   * @param patienceMs - how long a full set of requests may go unanswered before the lane counts as stalled
   */
  constructor(webhookId: string, organizationId: string, limit: () => number, patienceMs = defaultPatienceMs) {
    this.webhookId = webhookId;
    this.organizationId = organizationId;
    this.#fullLimit = limit;
    this.#patienceMs = patienceMs;
  }

  get #limit(): number {
    const full = this.#fullLimit();
    if (this.#last === 'quick') return full;
    return Math.min(this.#last === 'slow' ? slowLimit : unknownLimit, full);
  }

  get queued(): number {
    return this.#queue.length - this.#head;
  }

  /** The first of the queue, whose webhook was read longest ago. */
  get next(): DeliveryTask | undefined {
    return this.#queue[this.#head];
  }

  /** Whether nothing is under way or queued. */
  get idle(): boolean {
    return this.queued === 0 && this.#inFlight.size === 0;
  }

  /** Whether nothing about it needs to be remembered. */
  get forgettable(): boolean {
    return this.idle && (this.#last === null || performance.now() - this.#movedAt > rememberedMs);
  }

  /** Whether a delivery has waited long only because the process had no room. */
  get starved(): boolean {
    return this.sendable && performance.now() - this.#movedAt > this.#patienceMs;
  }

  get sendable(): boolean {
    return this.queued > 0 && this.#inFlight.size < this.#limit;
  }

  /** Whether nothing more can be sent: the receiver does not answer the requests under way, or the limit is 0. */
  get stalled(): boolean {
    const limit = this.#limit;
    if (limit === 0) return true;
    if (this.#inFlight.size < limit) return false;
    const oldest = this.#inFlight.values().next();
    return !oldest.done && performance.now() - oldest.value > this.#patienceMs;
  }

  enqueue(task: DeliveryTask): void {
    if (this.queued === 0) this.#movedAt = performance.now();
    this.#queue.push(task);
  }

  /** Takes the next to send; it counts as under way from now on. */
  take(): DeliveryTask | undefined {
    if (!this.sendable) return undefined;
    const task = this.#queue[this.#head++];
    if (this.#head > 1_024 && this.#head * 2 > this.#queue.length) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
    if (task) {
      this.#movedAt = performance.now();
      this.#inFlight.set(task.envelope.deliveryId, this.#movedAt);
    }
    return task;
  }

  takeAll(): DeliveryTask[] {
    const tasks = this.#queue.splice(0).slice(this.#head);
    this.#head = 0;
    return tasks;
  }

  /** @returns whether it was under way */
  finished(deliveryId: string): boolean {
    const startedAt = this.#inFlight.get(deliveryId);
    if (startedAt === undefined) return false;
    this.#inFlight.delete(deliveryId);
    this.#movedAt = performance.now();
    this.#last = this.#movedAt - startedAt > this.#patienceMs ? 'slow' : 'quick';
    return true;
  }
}
