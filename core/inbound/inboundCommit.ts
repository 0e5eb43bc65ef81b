import type { Pool } from 'pg';
import { SharedQuota } from '../fairness/quota.ts';
import { Turns } from '../fairness/turns.ts';
import { BatchWriter } from '../ground/batchWriter.ts';
import { ApiError } from '../ground/errors.ts';
import { isDataError } from '../store/dataError.ts';
import type { DeliveryStatus } from '../store/prisma/enums.ts';
import { acceptStatement } from './acceptStatement.ts';

/** One verified request, ready to be stored. */
export interface InboundRow {
  readonly webhookId: string;
  readonly tokenDigest: Buffer;
  readonly identityDigest: Buffer;
  readonly deliveryId: string;
  readonly eventType: string;
  readonly externalId: string | null;
  readonly locator: string | null;
  readonly payloadDigest: Buffer;
  readonly status: Extract<DeliveryStatus, 'PENDING' | 'DELIVERED' | 'FAILED' | 'CANCELLED'>;
  readonly reason: string | null;
  readonly isTest: boolean;
}

/** STALE: the webhook's token has changed, or the webhook is gone. */
export type AcceptOutcome = 'ACCEPTED' | 'DUPLICATE' | 'STALE';

interface Waiting {
  readonly row: InboundRow;
  resolve(outcome: AcceptOutcome): void;
  reject(error: unknown): void;
}

const batchSize = 500;
const maxWaiting = 10_000;
/** Minimum time between the starts of two commits, in milliseconds, unless so many requests wait. */
const intervalMs = 8;
const enough = 32;
/** How long the duration of the last commit is reported after its end. Milliseconds. */
const reportedMs = 500;

/** Stores requests in batches, so that many share one commit. Webhooks take turns, and share the room for what waits. */
export class InboundCommit {
  readonly #pool: Pool;
  readonly #waiting = new Turns<Waiting>();
  readonly #room = new SharedQuota(maxWaiting);
  readonly #writer = new BatchWriter<Waiting>({
    intervalMs,
    atOnce: 1,
    ready: () => this.#waiting.size > 0,
    take: () => {
      this.#beganAt = performance.now();
      return this.#take();
    },
    write: (batch) => this.#write(batch),
    isOfOne: isDataError,
    failed(batch, error) {
      for (const { reject } of batch) reject(error);
    },
    ended: () => {
      this.#endedAt = performance.now();
    },
  });
  #beganAt = Number.NEGATIVE_INFINITY;
  #endedAt = Number.NEGATIVE_INFINITY;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Resolves when PostgreSQL has committed it. @throws ApiError UNAVAILABLE if too many requests wait, of this webhook or of all */
  store(row: InboundRow): Promise<AcceptOutcome> {
    if (!this.#room.take(row.webhookId)) {
      throw new ApiError('UNAVAILABLE', 'More requests come in than can be stored now. Send it again.', undefined, 1);
    }
    return new Promise((resolve, reject) => {
      this.#waiting.add(row.webhookId, { row, resolve, reject });
      this.#writer.wake(this.#waiting.size >= enough);
    });
  }

  /** Duration of the current or latest commit in milliseconds; 0 if there was none recently. */
  get latestMs(): number {
    const now = performance.now();
    if (this.#endedAt < this.#beganAt) return now - this.#beganAt;
    return now - this.#endedAt < reportedMs ? this.#endedAt - this.#beganAt : 0;
  }

  /** Resolves when every request taken so far is answered. */
  drained(): Promise<void> {
    return this.#writer.drained();
  }

  #take(): Waiting[] {
    const batch: Waiting[] = [];
    while (batch.length < batchSize) {
      const next = this.#waiting.take();
      if (next === undefined) break;
      this.#room.release(next.row.webhookId);
      batch.push(next);
    }
    return batch;
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    const outcomes = await this.#insert(batch.map(({ row }) => row));
    for (const { row, resolve } of batch) resolve(outcomes.get(row.deliveryId) ?? 'STALE');
  }

  async #insert(rows: readonly InboundRow[]): Promise<Map<string, AcceptOutcome>> {
    const result = await this.#pool.query<{ delivery_id: string; outcome: AcceptOutcome }>({
      name: 'accept_inbound',
      text: acceptStatement,
      values: [
        rows.map((row) => row.webhookId),
        rows.map((row) => row.tokenDigest),
        rows.map((row) => row.identityDigest),
        rows.map((row) => row.deliveryId),
        rows.map((row) => row.eventType),
        rows.map((row) => row.externalId),
        rows.map((row) => row.locator),
        rows.map((row) => row.payloadDigest),
        rows.map((row) => row.status),
        rows.map((row) => row.reason),
        rows.map((row) => row.isTest),
      ],
    });
    return new Map(result.rows.map((row) => [row.delivery_id, row.outcome]));
  }
}
