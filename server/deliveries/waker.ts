import type { Logger } from 'pino';
import { Gaps } from '../gaps.ts';

/** Makes a webhook's workflow look at its due deliveries after a delay, starting it where it does not run. */
export type SignalWorkflow = (webhookId: string, delayMs: number) => Promise<void>;

const pauseAfterFailureMs = [200, 1_000, 2_000, 5_000];
/**
 * Shortest time between two signals of this process for one webhook, doubling while wakes keep coming: a workflow that is at
 * work takes what has come meanwhile without being told, so what a receiver that fell silent holds up costs one signal a
 * second and not one a wake. Milliseconds.
 */
const gaps = { first: 50, longest: 1_000 };

/**
 * Wakes webhooks' workflows. The deliveries themselves lie in the database with the time at which each is due, so a signal says
 * no more than "look again by then", and most are not sent at all: a workflow that is already to wake earlier will see
 * everything that has come since. With Temporal away the wakes wait here; those of a process that dies meanwhile are found by
 * the sweep.
 */
export class Waker {
  readonly #signal: SignalWorkflow;
  readonly #log: Logger;
  readonly #coalesceMs: number;
  /** When each workflow was last told to wake: until then it needs no telling of anything later. */
  readonly #told = new Map<string, number>();
  readonly #wanted = new Map<string, number>();
  readonly #gaps = new Gaps(gaps);
  #running: Promise<void> | null = null;
  #failures = 0;
  #closed = false;

  constructor(signal: SignalWorkflow, log: Logger, coalesceMs = 50) {
    this.#signal = signal;
    this.#log = log;
    this.#coalesceMs = coalesceMs;
  }

  /** @param dueAt - milliseconds since the epoch */
  wake(webhookId: string, dueAt: number): void {
    const told = this.#told.get(webhookId);
    if (told !== undefined && told > Date.now() && told <= dueAt) return;
    this.#want(webhookId, dueAt);
  }

  /** As {@link wake}, for when the workflow is known not to have come. */
  wakeAnyway(webhookId: string, dueAt: number): void {
    this.#gaps.end(webhookId);
    this.#want(webhookId, dueAt);
  }

  #want(webhookId: string, dueAt: number): void {
    const wanted = this.#wanted.get(webhookId);
    if (wanted === undefined || dueAt < wanted) this.#wanted.set(webhookId, dueAt);
    if (!this.#closed) this.#running ??= this.#run();
  }

  /** Sends what is waiting, once, and stops. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    if (this.#wanted.size > 0) await this.#send();
  }

  async #run(): Promise<void> {
    while (this.#wanted.size > 0 && !this.#closed) {
      await new Promise((resolve) => setTimeout(resolve, this.#pause()));
      await this.#send();
    }
    this.#running = null;
  }

  #pause(): number {
    if (this.#failures === 0) return this.#coalesceMs;
    return pauseAfterFailureMs[Math.min(this.#failures, pauseAfterFailureMs.length) - 1] as number;
  }

  async #send(): Promise<void> {
    const batch = [...this.#wanted].filter(([webhookId]) => this.#closed || this.#gaps.remaining(webhookId) === 0);
    for (const [webhookId] of batch) this.#wanted.delete(webhookId);
    const results = await Promise.allSettled(
      batch.map(async ([webhookId, dueAt]) => {
        this.#gaps.begin(webhookId);
        await this.#signal(webhookId, Math.max(0, dueAt - Date.now()));
        this.#told.set(webhookId, dueAt);
      }),
    );
    let failed: unknown;
    for (const [index, result] of results.entries()) {
      if (result.status === 'fulfilled') continue;
      failed = result.reason;
      const [webhookId, dueAt] = batch[index] as [string, number];
      this.#gaps.end(webhookId);
      const later = this.#wanted.get(webhookId);
      this.#wanted.set(webhookId, later === undefined ? dueAt : Math.min(later, dueAt));
    }
    if (failed === undefined) {
      this.#failures = 0;
      this.#forgetPast();
      return;
    }
    if (this.#failures++ === 0)
      this.#log.warn({ err: failed }, 'Temporal does not take wakes now; they are kept and sent again');
  }

  #forgetPast(): void {
    if (this.#told.size < 1_000) return;
    const now = Date.now();
    for (const [webhookId, dueAt] of this.#told) if (dueAt <= now) this.#told.delete(webhookId);
  }
}
