import { EverhookError } from '../errors.ts';

/**
 * When a call may be made again.
 *
 * `always`: doing it twice is as good as once (a query, or a publish with idempotency keys).
 * `if refused`: only where the server certainly did nothing with it.
 */
export type Repeatable = 'always' | 'if refused';

export interface RetryOptions {
  /** Most repetitions after the first try. */
  readonly retries: number;
  readonly repeatable: Repeatable;
  readonly signal: AbortSignal | undefined;
  /** Told of every failure that is going to be repeated. */
  readonly onRetry?: (error: EverhookError) => void;
}

const firstDelayMs = 200;
const longestDelayMs = 10_000;
/**
 * How long a server is waited for that answers UNAVAILABLE and says when to come again, in milliseconds, however many tries
 * that takes: a database that restarts or fails over is away for some tens of seconds.
 */
const outageMs = 60_000;
/** Longest time between two tries of that, in milliseconds. */
const longestOutageDelayMs = 4_000;
/** A server that wants more patience than this gets its error passed on. */
const longestRetryAfterSeconds = 60;

const passing: Readonly<Record<Repeatable, ReadonlySet<string>>> = {
  always: new Set(['RATE_LIMITED', 'UNAVAILABLE', 'NETWORK', 'TIMEOUT']),
  'if refused': new Set(['RATE_LIMITED']),
};

/** Repeats what failed for a passing reason, at growing distances. */
export async function withRetries<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  let failedAt: number | undefined;
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (options.retries === 0 || !isPassing(error, options.repeatable)) throw error;
      failedAt ??= performance.now();
      const outage = isOutage(error) && performance.now() - failedAt < outageMs;
      if (tries >= options.retries && !outage) throw error;
      options.onRetry?.(error);
      const delay = outage ? Math.min(longestOutageDelayMs, backoffMs(tries)) : backoffMs(tries);
      await pause(Math.max(delay, (error.retryAfter ?? 0) * 1000 * (1 + Math.random() / 10)), options.signal);
    }
  }
}

/** Whether the server is there, and asks for patience with what it stands on. */
const isOutage = ({ code, retryAfter }: EverhookError): boolean => code === 'UNAVAILABLE' && retryAfter !== undefined;

function isPassing(error: unknown, repeatable: Repeatable): error is EverhookError {
  return (
    error instanceof EverhookError &&
    (error.retryAfter ?? 0) <= longestRetryAfterSeconds &&
    (passing[repeatable].has(error.code) || wasNeverSent(error))
  );
}

/** Whether the connection was refused: then nobody heard of the call. Told by Node and Bun alone. */
function wasNeverSent({ code, cause }: EverhookError): boolean {
  if (code !== 'NETWORK') return false;
  const codes = [(cause as { code?: unknown })?.code, (cause as { cause?: { code?: unknown } })?.cause?.code];
  return codes.some((reason) => reason === 'ECONNREFUSED' || reason === 'ENOTFOUND' || reason === 'ConnectionRefused');
}

/** Doubling with jitter, so that clients that failed together do not come back together: 100–200 ms at first, at most 10 s. */
export const backoffMs = (tries: number): number =>
  Math.min(longestDelayMs, firstDelayMs * 2 ** tries) * (0.5 + Math.random() / 2);

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
