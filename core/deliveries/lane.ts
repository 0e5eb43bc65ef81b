import type { DeliveryTask } from './task.ts';

/** A receiver that has not answered the oldest of a full set of requests for this long is taken to be stuck. Milliseconds. */
const usualPatienceMs = 1_000;
/** Requests at once to a receiver that answered its last one later than that, if at all: enough to see it come back. */
const slowLimit = 2;
/** Requests at once to a receiver that has not answered any yet: one that never will holds no more. */
const unknownLimit = 8;
/** How its receiver answers is remembered this long after the last answer. Milliseconds. */
const rememberedMs = 300_000;

/** One webhook's first attempts in this process: those under way, and those that wait for one of them to end. */
export class Lane {
  readonly webhookId: string;
  readonly organizationId: string;
  /** Whether it waits for its turn: kept by whoever gives the turns. */
  waits = false;
  readonly #fullLimit: () => number;
  readonly #patienceMs: number;
  /** How its receiver took the last request; null: it has answered none. */
  #last: 'quick' | 'slow' | null = null;
  /** When a request last began or ended, or the first of the queue came. */
  #movedAt = performance.now();
  readonly #queue: DeliveryTask[] = [];
  #head = 0;
  /** When each request under way began; the first is the oldest. */
  readonly #inFlight = new Map<string, number>();

  /**
   * @param limit - requests at once, asked anew each time: where other processes share it, it changes
   * @param patienceMs - how long a full set of requests may go unanswered before the lane counts as stalled
   */
  constructor(webhookId: string, organizationId: string, limit: () => number, patienceMs = usualPatienceMs) {
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

  /** Whether nothing is under way, and nothing waits. */
  get idle(): boolean {
    return this.queued === 0 && this.#inFlight.size === 0;
  }

  /** Whether there is nothing to remember of it. */
  get forgettable(): boolean {
    return this.idle && (this.#last === null || performance.now() - this.#movedAt > rememberedMs);
  }

  /** Whether something waits that could leave, had it room in the process, and has waited long. */
  get starved(): boolean {
    return this.sendable && performance.now() - this.#movedAt > this.#patienceMs;
  }

  get sendable(): boolean {
    return this.queued > 0 && this.#inFlight.size < this.#limit;
  }

  /** Whether nothing more can be sent: every request under way is stuck behind a receiver that does not answer, or none may be. */
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

  /** The next to send, counted as under way from now on. */
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
