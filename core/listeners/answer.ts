import type { Pool } from 'pg';
import type { Principal } from '../access/principal.ts';
import { attempt } from '../deliveries/attempt.ts';
import { type EnvelopeRow, envelopeColumns, envelopeOf } from '../deliveries/envelopeRow.ts';
import type { Recorder } from '../deliveries/recorder.ts';
import { loadWebhook } from '../deliveries/routing.ts';
import { isWithheld } from '../deliveries/task.ts';
import { ApiError, invalid, notFound } from '../ground/errors.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import type { Exchange } from '../sender/exchange.ts';
import { isHeaderName } from '../sender/headers.ts';
import { readableValue } from '../sender/readableValue.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { webhookFor } from '../webhooks/managed.ts';
import { requestMade } from './receipt.ts';

/** Why the developer’s own server gave no answer. */
export const failures = ['CONNECT_ERROR', 'TIMEOUT', 'INVALID_RESPONSE'] as const;

/** What the developer’s own server said. */
export interface ListenerAnswer {
  readonly listenerId: string;
  readonly receipt: string;
  /** HTTP status, 100 to 599; null if there was no answer. */
  readonly responseCode: number | null;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: string | null;
  /** Why there was no answer, for people to read. */
  readonly error: string | null;
  readonly failure: (typeof failures)[number] | null;
  /** From the request to the end of the answer, in milliseconds. */
  readonly durationMs: number;
}

/** As of receivers’ answers. */
const maxBodyBytes = 65_536;
const maxHeaderBytes = 16_384;
/** What stands between a name and its value, and after it: `: ` and the line's end. */
const separators = 4;
const maxErrorLength = 500;
const maxDurationMs = 600_000;

/**
 * Records what a listener’s client got for a request. An answer that was recorded before changes nothing.
 *
 * @returns the delivery’s id
 * @throws ApiError NOT_FOUND, FORBIDDEN, VALIDATION_FAILED, or CONFLICT where the delivery ended without it
 */
export type AnswerRequest = (principal: Principal, answer: ListenerAnswer) => Promise<string>;

export function createAnswer(parts: {
  prisma: PrismaClient;
  pool: Pool;
  keys: KeyRing;
  recorder: Pick<Recorder, 'record'>;
}): AnswerRequest {
  const { prisma, pool, keys, recorder } = parts;
  return async (principal, answer) => {
    const field = 'input.listenerId';
    const { id } = await webhookFor(prisma, principal, 'WEBHOOK_MANAGE', answer.listenerId, field, { listeners: true });
    const made = requestMade(keys, id, answer.receipt, 'input.receipt');
    const exchange = exchangeOf(answer, new Date(made.startedAt));
    const [webhook, row] = await Promise.all([loadWebhook(pool, keys, id), readRow(pool, id, made.deliveryId)]);
    if (!webhook?.listener || webhook.deleted) throw notFound('listener', field);
    if (!row) throw notFound('delivery', 'input.receipt');
    const task = { webhook, envelope: envelopeOf(row), attempt: made.attempt, isTest: true };
    // The same steps as of every delivery, with the answer that is known already.
    const answered = { answersListeners: true as const, send: async () => exchange, close: async () => {} };
    const result = await attempt(answered, task, { now: () => made.startedAt, random: () => 0 });
    if (!isWithheld(result)) {
      const { stands } = await recorder.record(result);
      if (!stands && (await isOpenOrCancelled(pool, made.deliveryId))) {
        throw new ApiError('CONFLICT', 'This delivery was cancelled meanwhile.', 'input.receipt');
      }
    }
    return made.deliveryId;
  };
}

async function readRow(pool: Pool, listenerId: string, deliveryId: string): Promise<EnvelopeRow | undefined> {
  const { rows } = await pool.query<EnvelopeRow>({
    name: 'listener_answered',
    text: `SELECT ${envelopeColumns} FROM delivery d JOIN event e ON e.id = d.event_id
            WHERE d.id = $2 AND d.webhook_id = $1 AND e.erased_at IS NULL`,
    values: [listenerId, deliveryId],
  });
  return rows[0];
}

async function isOpenOrCancelled(pool: Pool, deliveryId: string): Promise<boolean> {
  const { rows } = await pool.query(`SELECT FROM delivery WHERE id = $1 AND status NOT IN ('DELIVERED', 'FAILED')`, [
    deliveryId,
  ]);
  return rows.length > 0;
}

function exchangeOf(answer: ListenerAnswer, startedAt: Date): Exchange {
  const { responseCode, failure, error, durationMs, headers, body } = answer;
  if (!(durationMs >= 0 && durationMs <= maxDurationMs)) {
    throw invalid('input.duration', 'The duration of an exchange is 0 to 10 minutes.');
  }
  if ((responseCode === null) === (failure === null)) {
    throw invalid('input.responseCode', 'Give either "responseCode" or, where there was no answer, "failure".');
  }
  if (responseCode !== null && (responseCode < 100 || responseCode > 599)) {
    throw invalid('input.responseCode', 'An HTTP status is 100 to 599.');
  }
  if (headers.reduce((sum, { name, value }) => sum + name.length + value.length + separators, 0) > maxHeaderBytes) {
    throw invalid(
      'input.responseHeaders',
      `The headers of an answer have at most ${maxHeaderBytes} characters, with ${separators} between and after each name and value.`,
    );
  }
  const unnamed = headers.findIndex(({ name }) => !isHeaderName(name));
  if (unnamed >= 0) {
    throw invalid(
      `input.responseHeaders[${unnamed}].name`,
      "A header name is 1 to 256 letters, digits or any of !#$%&'*+-.^_`|~.",
    );
  }
  const bytes = Buffer.from(body ?? '', 'utf8');
  const cut = bytes.subarray(0, maxBodyBytes).toString('utf8');
  return {
    outcome: failure ?? 'RESPONDED',
    sent: true,
    startedAt,
    durationMs: Math.round(durationMs),
    responseCode,
    responseHeaders:
      responseCode === null ? null : headers.map(({ name, value }) => [name, readableValue(value)] as const),
    // PostgreSQL’s text cannot hold NUL.
    responseBody: body === null ? null : cut.replaceAll('\0', '\ufffd'),
    responseTruncated: bytes.length > maxBodyBytes,
    error: failure === null ? null : (error ?? failure).slice(0, maxErrorLength).replaceAll('\0', ''),
    retryAfterMs: null,
  };
}
