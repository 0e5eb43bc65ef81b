import type { Logger } from 'pino';
import { KeyedWaker } from '../ground/keyedWaker.ts';
import { termsOf } from './attempt.ts';
import { indexOfTerms, type RetryTerms } from './nextAttempt.ts';
import { type DeliverSignal, type FailedEntry, type SignalWorkflow, slowMs } from './ownership.ts';
import type { AttemptResult } from './task.ts';

/**
 * Shortest time between two signals of this process for one webhook, doubling while there is ever more to tell: what a receiver
 * that fails all the time costs is one signal a second and not one a failure. Milliseconds.
 */
const gaps = { first: 50, longest: 1_000 };
/** How long the first failure after a quiet time waits for others. Milliseconds. */
const gatherMs = 50;
/** What is due sooner is told at once. Milliseconds. */
const soonMs = 250;
const maxInSignal = 200;
/** Failures kept for one webhook, and in all: of what is more its workflow is told that there is some. The rows have them. */
const maxOfWebhook = 1_000;
const maxKept = 20_000;

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
  readonly #wakes: KeyedWaker<Told>;
  #kept = 0;

  constructor(signal: SignalWorkflow, log: Logger) {
    this.#signal = signal;
    this.#wakes = new KeyedWaker({
      gaps,
      gatherMs,
      atOnce: Number.POSITIVE_INFINITY,
      send: (webhookId, told) => this.#send(webhookId, told),
      keep: (told, since) => this.#keep(told, since),
      isUrgent: ({ firstDueAt }) => firstDueAt < Date.now() + soonMs,
      log,
      complaint: 'Temporal does not take signals now; they are kept and sent again',
    });
  }

  /** Something waits that the workflow was not told of. @param dueAt - milliseconds since the epoch */
  wake(webhookId: string, dueAt: number): void {
    const told = this.#wakes.get(webhookId) ?? nothing();
    told.wakeAt = Math.min(told.wakeAt ?? dueAt, dueAt);
    this.#wakes.want(webhookId, told);
  }

  /** As {@link wake}, for when the workflow is known not to have come. */
  wakeAnyway(webhookId: string, dueAt: number): void {
    this.#wakes.hurry(webhookId);
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
    const told = this.#wakes.get(webhook.id) ?? nothing();
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
    if (told.failed.length > maxOfWebhook || this.#kept > maxKept) this.#forget(told);
    this.#wakes.want(webhook.id, told);
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
  close(): Promise<void> {
    return this.#wakes.close();
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

  /** @throws where something could not be told; `told` holds it */
  async #send(webhookId: string, told: Told): Promise<void> {
    this.#kept -= told.failed.length;
    // One after the other: the next begins what the first may have to start.
    for (let signal = next(told); signal; signal = next(told)) {
      await this.#signal(webhookId, signal);
      if (signal.kind === 'wake') told.wakeAt = null;
      else told.failed.splice(0, maxInSignal);
    }
  }

  #keep(told: Told, since = nothing()): Told {
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
    if (kept.failed.length > maxOfWebhook || this.#kept > maxKept) this.#forget(kept);
    return kept;
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
  return { kind: 'failed', failures: { organizationId, terms, list: failed.slice(0, maxInSignal), slow, atOnce } };
}

const minOf = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.min(a, b));
