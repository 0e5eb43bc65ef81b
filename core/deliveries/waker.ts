import type { Logger } from 'pino';
import { KeyedWaker } from '../fairness/keyedWaker.ts';
import { termsOf } from './attempt.ts';
import { indexOfTerms, type RetryTerms } from './nextAttempt.ts';
import { type DeliverSignal, type FailedEntry, type SignalWorkflow, slowMs } from './ownership.ts';
import type { AttemptResult } from './task.ts';

/**
 * Minimum time between two signals of this process for one webhook. It doubles while there is more to send, so that a receiver
 * that always fails costs one signal a second, not one per failure. Milliseconds.
 */
const gaps = { firstMs: 50, maxMs: 1_000 };
/** How long the first failure after a quiet time waits for others. Milliseconds. */
const gatherMs = 50;
/** Failures that are due sooner are sent at once. Milliseconds. */
const soonMs = 250;
const maxInSignal = 200;
/** Signals under way at once. Organizations take turns: one that wakes hundreds of webhooks holds up no other's. */
const atOnce = 32;
/** Failures kept for one webhook, and in all. Beyond, the workflow is only signalled to read its rows. */
const maxOfWebhook = 1_000;
const maxKept = 20_000;

/** Signals to send to one webhook's workflow. */
interface Pending {
  /** When a row that it may not know is due, in milliseconds since the epoch; null: none. */
  wakeAt: number | null;
  /** Whether more rows are due later. */
  andLater: boolean;
  organizationId: string;
  terms: RetryTerms[];
  failed: FailedEntry[];
  slow: boolean;
  atOnce: number | null;
  /** When the first of the failures is due. */
  firstDueAt: number;
}

/**
 * Signals webhooks' workflows: which first attempts failed, with all that their next time depends on, and that there are rows
 * which a workflow does not know. While Temporal is away the signals are kept here; if the process dies meanwhile, the sweep
 * finds the rows.
 */
export class Waker {
  readonly #signal: SignalWorkflow;
  readonly #wakes: KeyedWaker<Pending>;
  #kept = 0;

  constructor(signal: SignalWorkflow, log: Logger) {
    this.#signal = signal;
    this.#wakes = new KeyedWaker({
      gaps,
      gatherMs,
      atOnce,
      holderOf: ({ organizationId }) => organizationId,
      send: (webhookId, pending) => this.#send(webhookId, pending),
      keep: (pending, since) => this.#keep(pending, since),
      isUrgent: ({ firstDueAt }) => firstDueAt < Date.now() + soonMs,
      log,
      complaint: 'Temporal does not take signals now; they are kept and sent again',
    });
  }

  /**
   * A row waits that the workflow does not know.
   *
   * @param dueAt - milliseconds since the epoch
   * @param organizationId - whose turn the signal takes; absent where few are sent
   */
  wake(webhookId: string, dueAt: number, organizationId = ''): void {
    const pending = this.#wakes.get(webhookId) ?? nothing();
    pending.organizationId ||= organizationId;
    pending.wakeAt = Math.min(pending.wakeAt ?? dueAt, dueAt);
    this.#wakes.want(webhookId, pending);
  }

  /** Like {@link wake}, but without a gap: the workflow is known to have missed something. */
  wakeAnyway(webhookId: string, dueAt: number, organizationId = ''): void {
    this.#wakes.hurry(webhookId);
    this.wake(webhookId, dueAt, organizationId);
  }

  /**
   * A first attempt failed and was recorded. Ignored if no attempt follows.
   *
   * @param perWebhook - limit of concurrent requests to a webhook
   */
  failed({ task, retry, nextAttemptAt, durationMs }: AttemptResult, perWebhook: number): void {
    if (retry === null || nextAttemptAt === null) return;
    const { webhook, envelope, attempt } = task;
    const pending = this.#wakes.get(webhook.id) ?? nothing();
    const dueAt = nextAttemptAt.getTime();
    pending.organizationId = webhook.organizationId;
    pending.slow ||= durationMs > slowMs;
    pending.atOnce = webhook.disabledAt === null ? perWebhook : null;
    pending.failed.push([
      envelope.deliveryId,
      attempt,
      retry.endedAt,
      retry.askedMs,
      retry.draw,
      indexOfTerms(termsOf(webhook), pending.terms),
    ]);
    pending.firstDueAt = Math.min(pending.firstDueAt, dueAt);
    this.#kept++;
    if (pending.failed.length > maxOfWebhook || this.#kept > maxKept) this.#replaceByWake(pending);
    this.#wakes.want(webhook.id, pending);
  }

  /** Has a waiting delivery attempted now; its row is due already. */
  async retryNow(webhookId: string, deliveryId: string): Promise<void> {
    try {
      await this.#signal(webhookId, { kind: 'retryNow', deliveryId });
    } catch {
      // It does not run, does not know the delivery, or Temporal is away: let it read the rows.
      this.wakeAnyway(webhookId, Date.now());
    }
  }

  /**
   * Waiting deliveries were cancelled; their rows say so already. A workflow that is not told, because Temporal is away, finds out
   * when they are due.
   */
  cancelled(webhookId: string, deliveryIds: readonly string[]): void {
    if (deliveryIds.length > 0) this.#signal(webhookId, { kind: 'cancelled', deliveryIds }).catch(() => {});
  }

  /** Sends what waits, once, and stops. */
  close(): Promise<void> {
    return this.#wakes.close();
  }

  /** Replaces failures by a wake for the time when the first is due. */
  #replaceByWake(pending: Pending): void {
    this.#kept -= pending.failed.length;
    pending.wakeAt = Math.min(pending.wakeAt ?? pending.firstDueAt, pending.firstDueAt);
    pending.andLater = true;
    pending.failed = [];
    pending.terms = [];
    pending.firstDueAt = Number.POSITIVE_INFINITY;
  }

  /** @throws if a signal failed; `pending` holds what is left */
  async #send(webhookId: string, pending: Pending): Promise<void> {
    this.#kept -= pending.failed.length;
    // One after the other: the first may have to start the workflow.
    for (let signal = next(pending); signal; signal = next(pending)) {
      await this.#signal(webhookId, signal);
      if (signal.kind === 'wake') pending.wakeAt = null;
      else pending.failed.splice(0, maxInSignal);
    }
  }

  #keep(pending: Pending, since = nothing()): Pending {
    const terms = [...pending.terms];
    this.#kept += pending.failed.length;
    const kept: Pending = {
      wakeAt: minOf(pending.wakeAt, since.wakeAt),
      andLater: pending.andLater || since.andLater,
      organizationId: pending.organizationId || since.organizationId,
      failed: [
        ...pending.failed,
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
      slow: pending.slow || since.slow,
      atOnce: pending.atOnce ?? since.atOnce,
      firstDueAt: Math.min(pending.firstDueAt, since.firstDueAt),
    };
    if (kept.failed.length > maxOfWebhook || this.#kept > maxKept) this.#replaceByWake(kept);
    return kept;
  }
}

const nothing = (): Pending => ({
  wakeAt: null,
  andLater: false,
  organizationId: '',
  terms: [],
  failed: [],
  slow: false,
  atOnce: null,
  firstDueAt: Number.POSITIVE_INFINITY,
});

function next({ wakeAt, andLater, failed, terms, organizationId, slow, atOnce }: Pending): DeliverSignal | null {
  if (wakeAt !== null) return { kind: 'wake', delayMs: Math.max(0, wakeAt - Date.now()), andLater };
  if (failed.length === 0) return null;
  return { kind: 'failed', failures: { organizationId, terms, list: failed.slice(0, maxInSignal), slow, atOnce } };
}

const minOf = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.min(a, b));
