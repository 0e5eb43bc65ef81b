import type { Logger } from 'pino';
import { readTraceparent } from '../tracing/traceparent.ts';
import type { AttemptResult } from './task.ts';

const minuteMs = 60_000;
/** Lines a minute of one webhook, and of all webhooks of this process. */
const maxLinesEach = 5;
const maxLines = 600;
/** Webhooks that are named in the line about the rest. */
const maxNamed = 10;

/**
 * A line for each failed attempt, as long as there are few. Further ones within the minute are counted in one more line at its end:
 * the delivery log has them all. No line holds what the receiver answered, or its address.
 */
export class FailureLog {
  readonly #log: Logger;
  #lines = 0;
  /** Failures in this minute, by webhook. */
  readonly #failures = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;

  constructor(log: Logger) {
    this.#log = log;
  }

  note(results: readonly AttemptResult[]): void {
    if (!this.#log.isLevelEnabled('info')) return;
    for (const result of results) if (result.status !== 'DELIVERED') this.#failed(result);
  }

  #failed(result: AttemptResult): void {
    const { task, outcome, responseCode, durationMs, status, nextAttemptAt } = result;
    const { deliveryId, webhookId, organizationId } = task.envelope;
    const failures = (this.#failures.get(webhookId) ?? 0) + 1;
    this.#failures.set(webhookId, failures);
    if (this.#timer === null) {
      this.#timer = setTimeout(() => this.#summarize(), minuteMs);
      this.#timer.unref();
    }
    if (failures > maxLinesEach || this.#lines >= maxLines) return;
    this.#lines++;
    this.#log.info(
      {
        ...{ organizationId, webhookId, deliveryId, attempt: task.attempt },
        ...{ outcome, responseCode, ms: durationMs, status, nextAttemptAt },
        ...traceOf(result),
      },
      'an attempt failed',
    );
  }

  #summarize(): void {
    const all = [...this.#failures];
    const unlogged = all.reduce((sum, [, failures]) => sum + failures, 0) - this.#lines;
    const most = all.sort(([, a], [, b]) => b - a).slice(0, maxNamed);
    this.#timer = null;
    this.#lines = 0;
    this.#failures.clear();
    if (unlogged === 0) return;
    this.#log.info(
      { unlogged, webhooks: all.length, most: Object.fromEntries(most) },
      'more attempts failed within the minute; the delivery log has each',
    );
  }
}

/** Where the attempt stands in a trace, under the names that OpenTelemetry gives to fields of a log. */
function traceOf({ traceparent = null }: AttemptResult): object {
  const position = traceparent === null ? null : readTraceparent(traceparent);
  return position === null ? {} : { trace_id: position.traceId, span_id: position.spanId };
}
