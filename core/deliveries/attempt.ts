import { signaturesOf } from '../profiles/signed.ts';
import type { Exchange, OutgoingRequest, Sender } from '../sender/exchange.ts';
import type { AttemptOutcome } from '../store/prisma/enums.ts';
import { keptOf } from '../tracing/keptTraceparent.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { drawOf, nextAttemptAt, type RetryTerms } from './nextAttempt.ts';
import { type DeliverableWebhook, liveSecrets } from './routing.ts';
import type { AttemptResult, DeliveryTask, Withheld } from './task.ts';

/** The current time, and random numbers in [0, 1). Time-skipping workflows and tests bring their own. */
export interface TimeSource {
  now(): number;
  random(): number;
}

export const systemTime: TimeSource = { now: Date.now, random: Math.random };

/** A request's headers in the order in which they are sent, without those that HTTP adds. */
export function requestHeaders(
  own: readonly (readonly [name: string, value: string])[],
  ofProfile: Readonly<Record<string, string>>,
): Record<string, string> {
  // No prototype: an own header may have any name.
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of own) headers[name] = value;
  headers['content-type'] = 'application/json';
  return Object.assign(headers, ofProfile);
}

/** It is the last one. */
export function addTraceparent(headers: Record<string, string>, traceparent: string | null): void {
  if (traceparent !== null) headers.traceparent = traceparent;
}

/** Whether the webhook's own headers have a name, in lower case. */
const hasOwn = ({ headers }: DeliverableWebhook, name: string): boolean =>
  headers.some(([own]) => own.toLowerCase() === name);

/** One attempt's request, signed. */
export interface Prepared {
  readonly request: OutgoingRequest;
  readonly signatures: readonly Buffer[];
  /** What its header `traceparent` says; null where it has none, or the webhook's own. */
  readonly traceparent: string | null;
}

/** Builds the request of a task's attempt. */
export function prepare({ envelope, webhook }: DeliveryTask, attemptedAt: Date, traceparent: string | null): Prepared {
  const { profile, url, timeoutMs } = webhook;
  const body = profile.body(envelope);
  const signatures = signaturesOf(profile, { envelope, body, attemptedAt }, liveSecrets(webhook.secrets, attemptedAt));
  const headers = requestHeaders(webhook.headers, profile.headers({ envelope, attemptedAt, signatures }));
  const sent = webhook.sendTraceparent && !hasOwn(webhook, 'traceparent') ? traceparent : null;
  addTraceparent(headers, sent);
  return { request: { url, schemes: profile.url.schemes, headers, body, timeoutMs }, signatures, traceparent: sent };
}

/** The receiver's Retry-After, if the status and the profile allow one. */
function askedMs(task: DeliveryTask, exchange: Exchange): number | null {
  const mayAsk = exchange.responseCode === 429 || exchange.responseCode === 503;
  return mayAsk && task.webhook.profile.honoursRetryAfter ? exchange.retryAfterMs : null;
}

/** A webhook's retry terms. */
export const termsOf = ({ scheduleMs, profile }: DeliverableWebhook): RetryTerms => ({
  scheduleMs,
  jitter: profile.jitter,
});

type Counted = Exclude<Exchange['outcome'], 'EGRESS_ERROR'>;

const isCounted = (exchange: Exchange): exchange is Exchange & { readonly outcome: Counted } =>
  exchange.outcome !== 'EGRESS_ERROR';

/** Why a delivery was not sent, by the installation's fault, as the delivery shows it. */
export const withheldReason = (message: string): string =>
  `Not sent yet: ${message} No attempt was used; it is tried again soon.`;

function judge(task: DeliveryTask, exchange: Exchange & { readonly outcome: Counted }): AttemptOutcome {
  if (exchange.outcome !== 'RESPONDED') return exchange.outcome;
  return task.webhook.profile.isSuccess(exchange.responseCode ?? 0) ? 'SUCCEEDED' : 'HTTP_ERROR';
}

function failure(outcome: AttemptOutcome, exchange: Exchange): string {
  return outcome === 'HTTP_ERROR' ? `The receiver answered ${exchange.responseCode}.` : (exchange.error ?? outcome);
}

/** The profile cannot use a secret or a body: this delivery fails, not the batch. */
const notBuilt = (error: unknown, startedAt: Date): Exchange => ({
  outcome: 'CONNECT_ERROR',
  sent: false,
  startedAt,
  durationMs: 0,
  responseCode: null,
  responseHeaders: null,
  responseBody: null,
  responseTruncated: false,
  error: `The request could not be built: ${error instanceof Error ? error.name : 'unknown error'}.`,
  retryAfterMs: null,
});

async function exchangeFor(
  sender: Sender,
  task: DeliveryTask,
  startedAt: Date,
  traceparent: string | null,
): Promise<{ exchange: Exchange } & Pick<Prepared, 'signatures' | 'traceparent'>> {
  let prepared: Prepared;
  try {
    prepared = prepare(task, startedAt, traceparent);
  } catch (error) {
    return { exchange: notBuilt(error, startedAt), signatures: [], traceparent: null };
  }
  // Its URL only says where its client sends what it takes.
  const exchange =
    task.webhook.listener && sender.answersListeners !== true
      ? notBuilt(new Error('Nobody listens'), startedAt)
      : await sender.send(prepared.request);
  return { exchange, signatures: prepared.signatures, traceparent: prepared.traceparent };
}

function hexOf(signatures: readonly Buffer[]): string | null {
  const [first] = signatures;
  if (!first) return null;
  return signatures.length === 1 ? first.toString('hex') : Buffer.concat(signatures).toString('hex');
}

/**
 * Makes one attempt and decides what follows. Stores nothing. Never throws: a request that cannot even be built is a failed
 * attempt, too.
 *
 * @returns `Withheld` if the installation could not send: that was no attempt
 */
export async function attempt(
  sender: Sender,
  task: DeliveryTask,
  time: TimeSource = systemTime,
  tracing: Tracing | null = null,
): Promise<AttemptResult | Withheld> {
  const startedAt = new Date(time.now());
  const trace = tracing === null ? null : tracing.attempt(task);
  const { exchange, signatures, traceparent } = await exchangeFor(
    sender,
    task,
    startedAt,
    trace === null ? null : trace.traceparent,
  );
  if (!isCounted(exchange)) {
    if (trace !== null) trace.ended(exchange);
    return {
      task,
      withheld: withheldReason(exchange.error ?? ''),
      dueAt: startedAt.getTime() + exchange.durationMs + (exchange.retryAfterMs ?? 0),
    };
  }
  const outcome = judge(task, exchange);
  const succeeded = outcome === 'SUCCEEDED';
  const retry = {
    // The same value as in the log, so that the log explains the time of the next attempt.
    endedAt: startedAt.getTime() + exchange.durationMs,
    askedMs: askedMs(task, exchange),
    draw: task.draw ?? drawOf(time.random()),
  };
  // A test of a stopped webhook is not retried: people want the first answer.
  const isOver = succeeded || (task.isTest === true && task.webhook.stopped !== null);
  const next = isOver ? null : nextAttemptAt({ made: task.attempt, ...retry }, termsOf(task.webhook));
  const result: AttemptResult = {
    task,
    startedAt,
    template: exchange.sent ? task.webhook.template : null,
    signatures: exchange.sent ? hexOf(signatures) : null,
    sentTraceparent:
      exchange.sent && traceparent !== null ? keptOf(traceparent, task.envelope.traceparent ?? null) : null,
    durationMs: exchange.durationMs,
    outcome,
    responseCode: exchange.responseCode,
    responseHeaders: exchange.responseHeaders ? JSON.stringify(exchange.responseHeaders) : null,
    responseBody: exchange.responseBody,
    responseTruncated: exchange.responseTruncated,
    error: outcome === 'HTTP_ERROR' ? null : exchange.error,
    status: succeeded ? 'DELIVERED' : next === null ? 'FAILED' : 'RETRYING',
    statusReason: succeeded ? null : failure(outcome, exchange),
    nextAttemptAt: next === null ? null : new Date(next),
    traceparent: trace === null ? null : trace.traceparent,
    retry: next === null ? null : retry,
  };
  if (trace !== null) trace.ended(result);
  return result;
}
