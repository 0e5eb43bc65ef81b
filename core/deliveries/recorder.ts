import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { Shares } from '../fairness/shares.ts';
import { Turns } from '../fairness/turns.ts';
import { BatchWriter } from '../ground/batchWriter.ts';
import type { Notifier } from '../live/notifier.ts';
import type { HealthPolicy } from '../profiles/profile.ts';
import { plainArray, textArray } from '../store/arrayLiteral.ts';
import { isDataError } from '../store/dataError.ts';
import type { WebhookHealth } from '../store/prisma/enums.ts';
import { idsByOrganization } from './byOrganization.ts';
import { recordStatement } from './recordStatement.ts';
import type { AttemptResult } from './task.ts';

/** A webhook's health went from one state to another. */
export interface HealthFlip {
  readonly id: string;
  readonly webhook_id: string;
  readonly organization_id: string;
  readonly from: WebhookHealth;
  readonly to: WebhookHealth;
  readonly reason: string | null;
}

/** What became of an attempt that was recorded. */
export interface AttemptRecorded {
  /** The webhook's health after it, where so many failures disable the webhook, else null. */
  readonly health: WebhookHealth | null;
  /** Whether its delivery is now as the attempt says: not where it was cancelled meanwhile, or the attempt was recorded before. */
  readonly stands: boolean;
}

interface Waiting {
  readonly result: AttemptResult;
  readonly done: (recorded: AttemptRecorded) => void;
}

interface Recorded {
  /** Which of the batch changed something, counted from 1. */
  readonly changed: readonly number[];
  /** Which of those had been cancelled and stay so. */
  readonly cancelled: readonly number[];
  readonly flips: readonly HealthFlip[];
  /** The health of the webhooks that so many failures disable. */
  readonly counted: Readonly<Record<string, WebhookHealth>>;
}

/** What one statement writes: few enough that an organization's one record does not wait long behind another's many. */
const mostAtOnce = 128;
/** While so many attempts wait to be recorded no more are made: their answers are kept in memory, too. */
const mostUnrecorded = 2_500;
/** Nobody waits for a record: attempts wait this long for others to be written with them, unless so many have. Milliseconds. */
const intervalMs = 8;
const enough = 16;
const retryAfterMs = [50, 200, 500, 1_000, 2_000];

function policyOf(policy: HealthPolicy, result: AttemptResult) {
  const consecutive = policy.kind === 'CONSECUTIVE_FAILURES' ? policy : null;
  const disables =
    result.outcome === 'HTTP_ERROR' &&
    result.responseCode !== null &&
    consecutive?.disabledOnCodes?.includes(result.responseCode)
      ? `The receiver answered ${result.responseCode}: it wants no more deliveries.`
      : null;
  return {
    degradedAt: policy.degradedAt,
    disabledAt: consecutive?.disabledAt ?? null,
    disabledAfterMs: consecutive?.disabledAfterMs ?? null,
    disables,
    disablesExhausted: policy.kind === 'EXHAUSTED_DELIVERY' && result.status === 'FAILED',
  };
}

function parameters(batch: readonly Waiting[]): string[] {
  const results = batch.map((waiting) => waiting.result);
  const policies = results.map((result) => policyOf(result.task.webhook.profile.health, result));
  return [
    plainArray(results.map((r) => r.task.envelope.deliveryId)),
    plainArray(results.map((r) => r.task.webhook.id)),
    plainArray(results.map((r) => r.task.attempt)),
    plainArray(results.map((r) => r.startedAt.toISOString())),
    plainArray(results.map((r) => r.durationMs)),
    plainArray(results.map((r) => r.outcome)),
    plainArray(results.map((r) => r.responseCode)),
    textArray(results.map((r) => r.responseHeaders)),
    textArray(results.map((r) => r.responseBody)),
    plainArray(results.map((r) => r.responseTruncated)),
    textArray(results.map((r) => r.error)),
    plainArray(results.map((r) => r.status)),
    textArray(results.map((r) => r.statusReason)),
    plainArray(results.map((r) => r.nextAttemptAt?.toISOString() ?? null)),
    plainArray(results.map((r) => new Date(r.startedAt.getTime() + r.durationMs).toISOString())),
    plainArray(policies.map((p) => p.degradedAt)),
    plainArray(policies.map((p) => p.disabledAt)),
    plainArray(policies.map((p) => p.disabledAfterMs)),
    textArray(policies.map((p) => p.disables)),
    plainArray(policies.map((p) => p.disablesExhausted)),
    plainArray(results.map((r) => r.template)),
    plainArray(results.map((r) => r.signatures)),
    plainArray(results.map((r) => r.task.isTest ?? false)),
    plainArray(results.map((r) => r.retry?.draw ?? null)),
  ];
}

const organizationOf = ({ result }: Waiting) => result.task.envelope.organizationId;

/**
 * Records what attempts came to. Organizations take turns. While one batch is being written the next gathers, so that a busy process writes large batches
 * and a quiet one writes at once; nobody waits for a slow member of a batch. What the database cannot take now is kept and
 * tried again: an attempt that was made is never forgotten while the process lives.
 */
export class Recorder {
  readonly #pool: Pool;
  readonly #notifier: Notifier;
  readonly #log: Logger;
  readonly #onFlip: (flip: HealthFlip) => void;
  readonly #onRecorded: (result: AttemptResult) => void;
  readonly #waiting = new Turns<Waiting>();
  readonly #writer = new BatchWriter<Waiting>({
    intervalMs,
    atOnce: 1,
    ready: () => this.#waiting.size > 0,
    take: () => this.#take(),
    write: (batch) => this.#write(batch),
    isOfOne: isDataError,
    failed: ([only], error) => this.#recordLess(only as Waiting, error),
    ended: (batch) => {
      for (const each of batch) this.#unrecorded.give(organizationOf(each));
    },
  });
  /** Attempts that wait to be recorded or are being recorded, by organization. */
  readonly #unrecorded = new Shares(mostUnrecorded);

  constructor(parts: {
    pool: Pool;
    notifier: Notifier;
    log: Logger;
    onFlip: (flip: HealthFlip) => void;
    /** Told of each attempt once. */
    onRecorded?: (result: AttemptResult) => void;
  }) {
    this.#pool = parts.pool;
    this.#notifier = parts.notifier;
    this.#log = parts.log;
    this.#onFlip = parts.onFlip;
    this.#onRecorded = parts.onRecorded ?? (() => {});
  }

  /** Attempts that are made and not yet recorded. */
  get backlog(): number {
    return mostUnrecorded - this.#unrecorded.free;
  }

  /** Whether another of an organization's attempts may be made: what it comes to will be recorded soon. */
  hasRoom(organizationId: string): boolean {
    return this.#unrecorded.admits(organizationId);
  }

  /** Resolves when the attempt is recorded. */
  record(result: AttemptResult): Promise<AttemptRecorded> {
    return new Promise((done) => {
      const { organizationId } = result.task.envelope;
      this.#unrecorded.take(organizationId);
      this.#waiting.add(organizationId, { result, done });
      // Where failures are counted against a limit, the next request may leave only when this one is recorded.
      this.#writer.wake(this.#waiting.size >= enough || result.task.webhook.disabledAt !== null);
    });
  }

  /** Resolves when everything handed in so far is recorded. */
  drained(): Promise<void> {
    return this.#writer.drained();
  }

  #take(): Waiting[] {
    const batch: Waiting[] = [];
    for (let next = this.#waiting.take(); next; next = batch.length < mostAtOnce ? this.#waiting.take() : undefined) {
      batch.push(next);
    }
    return batch;
  }

  /** @throws where something in one response may be more than the database takes: the others must not wait for it */
  async #write(batch: readonly Waiting[]): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        const { rows } = await this.#pool.query<Recorded>({
          name: 'record',
          text: recordStatement,
          values: parameters(batch),
        });
        const recorded = rows[0] as Recorded;
        this.#tell(batch, recorded);
        const standing = new Set(recorded.changed);
        for (const ordinal of recorded.cancelled) standing.delete(ordinal);
        for (const [index, { result, done }] of batch.entries()) {
          done({ health: recorded.counted[result.task.webhook.id] ?? null, stands: standing.has(index + 1) });
        }
        return;
      } catch (error) {
        if (isDataError(error) && tries > 0) throw error;
        this.#log.warn({ err: error, attempts: batch.length, tries }, 'attempts could not be recorded yet');
        const pause = retryAfterMs[Math.min(tries, retryAfterMs.length - 1)];
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  /** Records an attempt without the response that the database does not take. */
  async #recordLess(attempt: Waiting, error: unknown): Promise<void> {
    const { deliveryId } = attempt.result.task.envelope;
    this.#log.error({ err: error, deliveryId }, 'a response could not be stored');
    const noResponse = { responseBody: null, responseHeaders: null, error: 'The response could not be stored.' };
    const less = { ...attempt, result: { ...attempt.result, ...noResponse } };
    await this.#write([less]).catch((again) => this.#recordLess(less, again));
  }

  #tell(batch: readonly Waiting[], { changed, flips }: Recorded): void {
    const results = changed.map((ordinal) => (batch[ordinal - 1] as Waiting).result);
    for (const result of results) this.#onRecorded(result);
    const ids = idsByOrganization(results.map(({ task }) => task.envelope));
    for (const [organizationId, deliveryIds] of ids) this.#notifier.changed(organizationId, deliveryIds);
    for (const flip of flips) this.#onFlip(flip);
  }
}
