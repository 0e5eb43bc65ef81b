import type { Exchange, OutgoingRequest, Sender } from '../sender/exchange.ts';
import type { AttemptOutcome } from '../store/prisma/enums.ts';
import { nextAttemptAt } from './nextAttempt.ts';
import { liveSecrets } from './routing.ts';
import type { AttemptResult, DeliveryTask } from './task.ts';

/** The time, and a random number in [0, 1): time-skipping workflows and tests bring their own. */
export interface Chance {
  now(): number;
  random(): number;
}

export const realChance: Chance = { now: Date.now, random: Math.random };

/** The request that a task's attempt at this time sends. */
export function requestOf(task: DeliveryTask, attemptedAt: Date): OutgoingRequest {
  const { envelope, webhook } = task;
  const body = webhook.profile.body(envelope);
  const headers: Record<string, string> = {};
  for (const [name, value] of webhook.headers) headers[name] = value;
  headers['content-type'] = 'application/json';
  Object.assign(
    headers,
    webhook.profile.headers({ envelope, body, secrets: liveSecrets(webhook.secrets, attemptedAt), attemptedAt }),
  );
  return { url: webhook.url, schemes: webhook.profile.url.schemes, headers, body, timeoutMs: webhook.timeoutMs };
}

/** What the receiver asked to wait, where that counts. */
function askedMs(task: DeliveryTask, exchange: Exchange): number | null {
  const mayAsk = exchange.responseCode === 429 || exchange.responseCode === 503;
  return mayAsk && task.webhook.profile.honoursRetryAfter ? exchange.retryAfterMs : null;
}

function judge(task: DeliveryTask, exchange: Exchange): AttemptOutcome {
  if (exchange.outcome !== 'RESPONDED') return exchange.outcome;
  return task.webhook.profile.isSuccess(exchange.responseCode ?? 0) ? 'SUCCEEDED' : 'HTTP_ERROR';
}

function failure(outcome: AttemptOutcome, exchange: Exchange): string {
  return outcome === 'HTTP_ERROR' ? `The receiver answered ${exchange.responseCode}.` : (exchange.error ?? outcome);
}

async function exchangeFor(sender: Sender, task: DeliveryTask, startedAt: Date): Promise<Exchange> {
  let request: OutgoingRequest;
  try {
    request = requestOf(task, startedAt);
  } catch (error) {
    // A secret or a body that its profile cannot use: one delivery's failure, not the batch's.
    return {
      outcome: 'CONNECT_ERROR',
      startedAt,
      durationMs: 0,
      responseCode: null,
      responseHeaders: null,
      responseBody: null,
      responseTruncated: false,
      error: `The request could not be built: ${error instanceof Error ? error.name : 'unknown error'}.`,
      retryAfterMs: null,
    };
  }
  return sender.send(request);
}

/**
 * Makes one attempt and says what follows from it; nothing is stored. Never throws: what cannot even be sent is a failed
 * attempt too.
 */
export async function attempt(sender: Sender, task: DeliveryTask, chance: Chance = realChance): Promise<AttemptResult> {
  const startedAt = new Date(chance.now());
  const exchange = await exchangeFor(sender, task, startedAt);
  const outcome = judge(task, exchange);
  const succeeded = outcome === 'SUCCEEDED';
  const { scheduleMs, profile } = task.webhook;
  const terms = { scheduleMs, jitter: profile.jitter, askedMs: askedMs(task, exchange) };
  const next = succeeded ? null : nextAttemptAt(task.attempt, chance.now(), terms, chance.random);
  return {
    task,
    startedAt,
    durationMs: exchange.durationMs,
    outcome,
    responseCode: exchange.responseCode,
    responseHeaders: exchange.responseHeaders ? JSON.stringify(exchange.responseHeaders) : null,
    responseBody: exchange.responseBody,
    responseTruncated: exchange.responseTruncated,
    error: outcome === 'HTTP_ERROR' ? null : exchange.error,
    status: succeeded ? 'DELIVERED' : next === null ? 'FAILED' : 'RETRYING',
    statusReason: succeeded ? null : failure(outcome, exchange),
    nextAttemptAt: next,
  };
}
