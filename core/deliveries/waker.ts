import type { Logger } from 'pino';
import { Gaps } from '../ground/gaps.ts';
import { termsOf } from './attempt.ts';
import { indexOfTerms, type RetryTerms } from './nextAttempt.ts';
import { type DeliverSignal, type FailedEntry, type SignalWorkflow, slowMs } from './ownership.ts';
import type { AttemptResult } from './task.ts';

const pauseAfterFailureMs = [200, 1_000, 2_000, 5_000];
/**
 * Shortest time between two signals of this process for one webhook, doubling while there is ever more to tell: what a receiver
 * that fails all the time costs is one signal a second and not one a failure. Milliseconds.
 */
const gaps = { first: 50, longest: 1_000 };
/** What is due sooner is told at once. Milliseconds. */
const soonMs = 250;
const mostInSignal = 200;
/** Failures kept for one webhook, and in all: of what is more its workflow is told that there is some. The rows have them. */
const mostOfWebhook = 1_000;
const mostKept = 20_000;

/** What one webhook's workflow is to be told. */
interface Told {
  /** When something is due that it does not know of, in milliseconds since the epoch; null: nothing is. */
  wakeAt: number | null;
  /** Whether more is due later. */
  andLater: boolean;
  organizationId: string;
  terms: RetryTerms[];
  failed: FailedEntry[];
  slow: boolean;
  atOnce: number | null;
  /** When the first of those is due. */
  firstDueAt: number;
}

/**
 * Tells webhooks' workflows what has become theirs: first attempts that failed, each with what its next time follows from, and
 * that there are rows which they do not know of. With Temporal away it is kept here; what a process that dies meanwhile had to
 * tell is found by the sweep.
 */
export class Waker {
  readonly #signal: SignalWorkflow;
  readonly #log: Logger;
  readonly #coalesceMs: number;
  readonly #wanted = new Map<string, Told>();
  readonly #gaps = new Gaps(gaps);
  #kept = 0;
  #running: Promise<void> | null = null;
  #failures = 0;
  #closed = false;

  constructor(signal: SignalWorkflow, log: Logger, coalesceMs = 50) {
    this.#signal = signal;
    this.#log = log;
    this.#coalesceMs = coalesceMs;
  }

  /** Something waits that the workflow was not told of. @param dueAt - milliseconds since the epoch */
  wake(webhookId: string, dueAt: number): void {
    const told = this.#told(webhookId);
    told.wakeAt = Math.min(told.wakeAt ?? dueAt, dueAt);
    this.#begin();
  }

  /** As {@link wake}, for when the workflow is known not to have come. */
  wakeAnyway(webhookId: string, dueAt: number): void {
    this.#gaps.end(webhookId);
    this.wake(webhookId, dueAt);
  }

  /**
   * A first attempt failed, and was recorded. Nothing is told of one after which no other follows.
   *
   * @param perWebhook - requests that a webhook may have under way at once
   */
  failed({ task, retry, nextAttemptAt, durationMs }: AttemptResult, perWebhook: number): void {
    if (retry === null || nextAttemptAt === null) return;
    const { webhook, envelope, attempt } = task;
    const told = this.#told(webhook.id);
    const dueAt = nextAttemptAt.getTime();
    told.organizationId = webhook.organizationId;
    told.slow ||= durationMs > slowMs;
    told.atOnce = webhook.disabledAt === null ? perWebhook : null;
    told.failed.push([
      envelope.deliveryId,
      attempt,
      retry.endedAt,
      retry.askedMs,
      retry.draw,
      indexOfTerms(termsOf(webhook), told.terms),
    ]);
    told.firstDueAt = Math.min(told.firstDueAt, dueAt);
    this.#kept++;
    if (told.failed.length > mostOfWebhook || this.#kept > mostKept) this.#forget(told);
    this.#begin();
  }

  /** Has a waiting delivery, whose row says so already, attempted now. */
  async retryNow(webhookId: string, deliveryId: string): Promise<void> {
    try {
      await this.#signal(webhookId, { kind: 'retryNow', deliveryId });
    } catch {
      // It does not run, does not know of the delivery, or Temporal is away: it is to look at the rows.
      this.wakeAnyway(webhookId, Date.now());
    }
  }

  /** Sends what is waiting, once, and stops. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    if (this.#wanted.size > 0) await this.#send();
  }

  #told(webhookId: string): Told {
    let told = this.#wanted.get(webhookId);
    if (!told) {
      told = nothing();
      this.#wanted.set(webhookId, told);
    }
    return told;
  }

  /** Keeps no more of these failures than when the first is due. */
  #forget(told: Told): void {
    this.#kept -= told.failed.length;
    told.wakeAt = Math.min(told.wakeAt ?? told.firstDueAt, told.firstDueAt);
    told.andLater = true;
    told.failed = [];
    told.terms = [];
    told.firstDueAt = Number.POSITIVE_INFINITY;
  }

  #begin(): void {
    if (!this.#closed) this.#running ??= this.#run();
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
    const soon = Date.now() + soonMs;
    const batch = [...this.#wanted].filter(
      ([webhookId, { firstDueAt }]) => this.#closed || firstDueAt < soon || this.#gaps.remaining(webhookId) === 0,
    );
    for (const [webhookId, { failed }] of batch) {
      this.#wanted.delete(webhookId);
      this.#kept -= failed.length;
    }
    const results = await Promise.allSettled(batch.map(([webhookId, told]) => this.#tell(webhookId, told)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed === undefined) {
      this.#failures = 0;
      return;
    }
    if (this.#failures++ === 0)
      this.#log.warn({ err: failed.reason }, 'Temporal does not take signals now; they are kept and sent again');
  }

  /** @throws where something could not be told; that is kept */
  async #tell(webhookId: string, told: Told): Promise<void> {
    this.#gaps.begin(webhookId);
    try {
      // One after the other: the next begins what the first may have to start.
      for (let signal = next(told); signal; signal = next(told)) {
        await this.#signal(webhookId, signal);
        if (signal.kind === 'wake') told.wakeAt = null;
        else told.failed.splice(0, mostInSignal);
      }
    } catch (error) {
      this.#gaps.end(webhookId);
      this.#keep(webhookId, told);
      throw error;
    }
  }

  #keep(webhookId: string, told: Told): void {
    const since = this.#wanted.get(webhookId) ?? nothing();
    const terms = [...told.terms];
    this.#kept += told.failed.length;
    const kept: Told = {
      wakeAt: minOf(told.wakeAt, since.wakeAt),
      andLater: told.andLater || since.andLater,
      organizationId: told.organizationId || since.organizationId,
      failed: [
        ...told.failed,
        ...since.failed.map(
          ([id, made, endedAt, askedMs, draw, index]): FailedEntry => [
            id,
            made,
            endedAt,
            askedMs,
            draw,
            indexOfTerms(since.terms[index] as RetryTerms, terms),
          ],
        ),
      ],
      terms,
      slow: told.slow || since.slow,
      atOnce: told.atOnce ?? since.atOnce,
      firstDueAt: Math.min(told.firstDueAt, since.firstDueAt),
    };
    this.#wanted.set(webhookId, kept);
    if (kept.failed.length > mostOfWebhook || this.#kept > mostKept) this.#forget(kept);
  }
}

const nothing = (): Told => ({
  wakeAt: null,
  andLater: false,
  organizationId: '',
  terms: [],
  failed: [],
  slow: false,
  atOnce: null,
  firstDueAt: Number.POSITIVE_INFINITY,
});

function next({ wakeAt, andLater, failed, terms, organizationId, slow, atOnce }: Told): DeliverSignal | null {
  if (wakeAt !== null) return { kind: 'wake', delayMs: Math.max(0, wakeAt - Date.now()), andLater };
  if (failed.length === 0) return null;
  return { kind: 'failed', failures: { organizationId, terms, list: failed.slice(0, mostInSignal), slow, atOnce } };
}

const minOf = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.min(a, b));
