import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { Shares } from '../fairness/shares.ts';
import { Turns } from '../fairness/turns.ts';
import { BatchWriter } from '../ground/batchWriter.ts';
import type { Notifier } from '../live/notifier.ts';
import type { HealthPolicy } from '../profiles/profile.ts';
import { plainArray, textArray } from '../store/arrayLiteral.ts';
import { isDataError, isLockTimeout } from '../store/dataError.ts';
import type { WebhookHealth } from '../store/prisma/enums.ts';
import { idsByOrganization } from './byOrganization.ts';
import { HeldRows } from './heldRows.ts';
import { recordStatement } from './recordStatement.ts';
import type { AttemptResult } from './task.ts';

/** A webhook's health has changed. */
export interface HealthTransition {
  readonly id: string;
  readonly webhook_id: string;
  readonly organization_id: string;
  readonly from: WebhookHealth;
  readonly to: WebhookHealth;
  readonly reason: string | null;
}

/** The effect of a recorded attempt. */
export interface AttemptRecorded {
  /** The webhook's health after the attempt, if a number of failures disables the webhook; else null. */
  readonly health: WebhookHealth | null;
  /** Whether the delivery now has the attempt's status. False if it was cancelled meanwhile or the attempt was recorded before. */
  readonly stands: boolean;
}

interface Waiting {
  readonly result: AttemptResult;
  readonly done: (recorded: AttemptRecorded) => void;
}

interface Recorded {
  /** Attempts of the batch that changed something, counted from 1. */
  readonly changed: readonly number[];
  /** Those of them whose delivery stays cancelled. */
  readonly cancelled: readonly number[];
  readonly flips: readonly HealthTransition[];
  /** Health by webhook, of those that a number of failures disables. */
  readonly counted: Readonly<Record<string, WebhookHealth>>;
}

/**
 * Attempts per statement, where one organization's wait and where those of several do. A large batch costs the database far less an
 * attempt; a small one leaves sooner those of an organization that has few.
 */
const alone = 500;
const together = 128;
/** Statements under way. An organization has one at a time: two could wait for each other's rows. */
const maxStatements = 2;
/** No attempt begins while so many wait to be recorded: their answers are in memory. */
const maxUnrecorded = 2_500;
/** Minimum time between two statements, in milliseconds, unless so many attempts wait: few callers need a record at once. */
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
    plainArray(results.map((r) => r.sentTraceparent ?? null)),
  ];
}

const organizationOf = ({ result }: Waiting) => result.task.envelope.organizationId;

export interface RecorderParts {
  readonly pool: Pool;
  readonly notifier: Notifier;
  readonly log: Logger;
  onHealthTransition(flip: HealthTransition): void;
  /** Called once for each batch. */
  onRecorded?(results: readonly AttemptResult[]): void;
}

/**
 * Records the results of attempts in batches. Organizations take turns. If the database does not take a batch now, it is kept
 * and tried again: no attempt is lost while the process lives.
 */
export class Recorder {
  readonly #parts: RecorderParts;
  readonly #waiting = new Turns<Waiting>();
  readonly #writer = new BatchWriter<Waiting>({
    intervalMs,
    atOnce: maxStatements,
    ready: () => this.#waiting.some(this.#mayRecord),
    take: () => this.#take(),
    write: (batch) => this.#write(batch),
    isOfOne: isDataError,
    failed: ([only], error) => this.#recordLess(only as Waiting, error),
    ended: (batch) => {
      for (const each of batch) {
        this.#beingRecorded.delete(organizationOf(each));
        if (!this.#putBack.delete(each)) this.#unrecorded.release(organizationOf(each));
      }
    },
  });
  /** Attempts that are not recorded yet, by organization. */
  readonly #unrecorded = new Shares(maxUnrecorded);
  /** Organizations with attempts in a statement under way. */
  readonly #beingRecorded = new Set<string>();

  /** Organizations of which somebody holds rows, and the attempts that wait for them after they were taken once. */
  readonly #heldRows = new HeldRows(() => this.#writer.wake());
  readonly #putBack = new Set<Waiting>();

  readonly #mayRecord = (organizationId: string) =>
    !this.#beingRecorded.has(organizationId) && !this.#heldRows.waits(organizationId);

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  /** Number of attempts that are not recorded yet. */
  get backlog(): number {
    return maxUnrecorded - this.#unrecorded.free;
  }

  /** Whether an organization may begin another attempt. */
  hasRoom(organizationId: string): boolean {
    return this.#unrecorded.admits(organizationId);
  }

  /** Resolves when the attempt is recorded. */
  record(result: AttemptResult): Promise<AttemptRecorded> {
    return new Promise((done) => {
      const { organizationId } = result.task.envelope;
      this.#unrecorded.take(organizationId);
      this.#waiting.add(organizationId, { result, done });
      // If a number of failures disables the webhook, the next request may leave only after this record.
      this.#writer.wake(this.#waiting.size >= enough || result.task.webhook.disabledAt !== null);
    });
  }

  /** Resolves when everything handed in so far is recorded. */
  async drained(): Promise<void> {
    await this.#writer.drained();
    while (this.#waiting.size > 0) {
      await this.#heldRows.next();
      this.#writer.wake(true);
      await this.#writer.drained();
    }
  }

  #take(): Waiting[] {
    const batch: Waiting[] = [];
    const size = this.#waiting.holders > 1 || this.#beingRecorded.size > 0 ? together : alone;
    let may = this.#mayRecord;
    while (batch.length < size) {
      const next = this.#waiting.take(may);
      if (!next) break;
      batch.push(next);
      if (batch.length > 1) continue;
      // One of which somebody held rows is written by itself: others do not wait for them again.
      const first = organizationOf(next);
      may = this.#heldRows.has(first)
        ? (organization) => organization === first
        : (organization) => this.#mayRecord(organization) && !this.#heldRows.has(organization);
    }
    for (const each of batch) this.#beingRecorded.add(organizationOf(each));
    return batch;
  }

  /** @throws a data error: PostgreSQL cannot store one of the responses, and the others must not wait for it */
  async #write(batch: readonly Waiting[]): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        const { rows } = await this.#parts.pool.query<Recorded>({
          name: 'record',
          text: recordStatement,
          values: parameters(batch),
        });
        const recorded = rows[0] as Recorded;
        for (const each of batch) this.#heldRows.free(organizationOf(each));
        this.#announce(batch, recorded);
        const standing = new Set(recorded.changed);
        for (const ordinal of recorded.cancelled) standing.delete(ordinal);
        for (const [index, { result, done }] of batch.entries()) {
          done({ health: recorded.counted[result.task.webhook.id] ?? null, stands: standing.has(index + 1) });
        }
        return;
      } catch (error) {
        if (isDataError(error) && tries > 0) throw error;
        if (isLockTimeout(error)) {
          const [organizationId = '', ...others] = new Set(batch.map(organizationOf));
          return others.length > 0 ? this.#writeApart(batch) : this.#hold(batch, organizationId, error);
        }
        this.#parts.log.warn({ err: error, attempts: batch.length, tries }, 'attempts could not be recorded yet');
        const pause = retryAfterMs[Math.min(tries, retryAfterMs.length - 1)];
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  /** Writes each organization's part by itself: where somebody holds rows of one, only that one's waits. */
  async #writeApart(batch: readonly Waiting[]): Promise<void> {
    for (const organizationId of new Set(batch.map(organizationOf))) {
      const part = batch.filter((each) => organizationOf(each) === organizationId);
      await this.#write(part).catch(async () => {
        for (const each of part) await this.#write([each]).catch((problem) => this.#recordLess(each, problem));
      });
    }
  }

  /** Puts attempts of one organization back, whose rows somebody holds. */
  #hold(batch: readonly Waiting[], organizationId: string, error: unknown): void {
    this.#parts.log.warn(
      { err: error, attempts: batch.length, organizationId },
      'attempts of an organization cannot be recorded while somebody holds its rows; they wait for them',
    );
    for (const each of batch) this.#putBack.add(each);
    this.#waiting.putBack(organizationId, batch);
    this.#heldRows.hold(organizationId);
  }

  /** Records an attempt without its response, which PostgreSQL cannot store. */
  async #recordLess(attempt: Waiting, error: unknown): Promise<void> {
    const { deliveryId } = attempt.result.task.envelope;
    this.#parts.log.error({ err: error, deliveryId }, 'a response could not be stored');
    const noResponse = { responseBody: null, responseHeaders: null, error: 'The response could not be stored.' };
    const less = { ...attempt, result: { ...attempt.result, ...noResponse } };
    await this.#write([less]).catch((again) => this.#recordLess(less, again));
  }

  #announce(batch: readonly Waiting[], { changed, flips }: Recorded): void {
    const results = changed.map((ordinal) => (batch[ordinal - 1] as Waiting).result);
    this.#parts.onRecorded?.(results);
    const ids = idsByOrganization(results.map(({ task }) => task.envelope));
    for (const [organizationId, deliveryIds] of ids) this.#parts.notifier.changed(organizationId, deliveryIds);
    for (const flip of flips) this.#parts.onHealthTransition(flip);
  }
}
