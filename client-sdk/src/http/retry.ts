import { EverhookError } from '../errors.ts';

/**
 * When a call may be repeated.
 *
 * `always`: a second call does no harm (a query, or a publish with idempotency keys).
 * `if refused`: only where the server certainly did not execute it.
 */
export type Repeatable = 'always' | 'if refused';

export interface RetryOptions {
  /** Maximum number of retries after the first try. */
  readonly retries: number;
  readonly repeatable: Repeatable;
  readonly signal: AbortSignal | undefined;
  /** Called before each retry, with the error. */
  readonly onRetry?: (error: EverhookError) => void;
}

const firstDelayMs = 200;
const maxDelayMs = 10_000;
/**
 * How long to retry in an outage, in milliseconds, with any number of tries: a database that restarts or fails over is away for
 * some tens of seconds, and servers that leave their balancer with it come back only after it.
 */
const outageMs = 60_000;
/** Maximum delay between two of those tries, in milliseconds. */
const maxOutageDelayMs = 4_000;
/** With a longer `Retry-After` than this, the caller gets the error at once. */
const maxRetryAfterSeconds = 60;

const passing: Readonly<Record<Repeatable, ReadonlySet<string>>> = {
  always: new Set(['RATE_LIMITED', 'UNAVAILABLE', 'NETWORK', 'TIMEOUT']),
  'if refused': new Set(['RATE_LIMITED']),
};

/** Retries a call that failed for a temporary reason, with growing delays. Tries in an outage take away none of the retries. */
export async function withRetries<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  let awaySince: number | undefined;
  let outageTries = 0;
  let retries = 0;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (options.retries === 0 || !isPassing(error, options.repeatable)) throw error;
      if (isOutage(error)) awaySince ??= performance.now();
      // In an outage, connections break and are refused as well. Without one, the address may be wrong.
      const isOfOutage = isOutage(error) || error.code === 'NETWORK';
      const outage = awaySince !== undefined && isOfOutage && performance.now() - awaySince < outageMs;
      if (!outage && retries >= options.retries) throw error;
      options.onRetry?.(error);
      const delay = outage ? Math.min(maxOutageDelayMs, backoffMs(outageTries++)) : backoffMs(retries++);
      await pause(Math.max(delay, (error.retryAfter ?? 0) * 1000 * (1 + Math.random() / 10)), options.signal);
    }
  }
}

/**
 * Whether the server answers, but a part that it depends on is away, or a balancer answers that has no server left. The server gives
 * no time to retry where waiting does not help; a balancer seldom gives one.
 */
const isOutage = ({ code, retryAfter, status = 0 }: EverhookError): boolean =>
  code === 'UNAVAILABLE' && (retryAfter !== undefined || status >= 500);

/** Whether the same call may succeed a little later. */
export function isPassing(error: unknown, repeatable: Repeatable): error is EverhookError {
  return (
    error instanceof EverhookError &&
    (error.retryAfter ?? 0) <= maxRetryAfterSeconds &&
    (passing[repeatable].has(error.code) || wasNeverSent(error))
  );
}

const unconnected = new Set<unknown>([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'ConnectionRefused',
]);

/** Whether no connection came about: then the server never got the call. Only Node and Bun report this. */
function wasNeverSent({ code, cause }: EverhookError): boolean {
  if (code !== 'NETWORK') return false;
  const codes = [(cause as { code?: unknown })?.code, (cause as { cause?: { code?: unknown } })?.cause?.code];
  return codes.some((reason) => unconnected.has(reason));
}

/**
 * Repeats a call for as long as it fails for a reason that passes, each time after a longer rest.
 *
 * @throws the error that does not pass; the last one once the signal aborts
 */
export async function persist<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof EverhookError && passing.always.has(error.code))) throw error;
      try {
        await pause(Math.max(backoffMs(tries), (error.retryAfter ?? 0) * 1000), signal);
      } catch {
        throw error;
      }
    }
  }
}

/** Doubles with jitter, so that clients that failed together do not retry together: 100–200 ms at first, at most 10 s. */
export const backoffMs = (tries: number): number =>
  Math.min(maxDelayMs, firstDelayMs * 2 ** tries) * (0.5 + Math.random() / 2);

/** Waits; rejects with the signal's reason when it aborts. */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}
