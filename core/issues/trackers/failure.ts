import { EgressFailure } from '../../sender/egress.ts';
import { ExchangeFailure } from '../../sender/failure.ts';
import { TrackerFailure } from './tracker.ts';

/** A tracker's error answer, as its client library reports it. Header names are in lower case. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The API's own message, which distinguishes GitHub's secondary limit from other refusals. Never passed on. */
  readonly message: string;
}

/** For a limit without a time: GitHub's documentation asks for at least a minute. */
const defaultPauseMs = 60_000;
const maxPauseMs = 24 * 3_600_000;
const isLimitMessage = /rate limit|abuse detection/i;

/**
 * How long a refusal asks us to wait, in milliseconds; null where it is not a rate limit. 429 and 503 with `Retry-After`
 * (RFC 6585, RFC 9110), and GitHub's 403 with an exhausted quota, a `Retry-After`, or a secondary limit's message
 * (docs.github.com, "Rate limits for the REST API").
 */
export function pauseOf({ status, headers, message }: Refusal, now: number): number | null {
  const asked = retryAfter(headers['retry-after'], now);
  const exhausted = status !== 503 && String(headers['x-ratelimit-remaining'] ?? '') === '0';
  const limited =
    status === 429 ||
    (status === 503 && asked !== null) ||
    (status === 403 && (asked !== null || exhausted || isLimitMessage.test(message)));
  if (!limited) return null;
  const reset = exhausted ? Number(headers['x-ratelimit-reset']) * 1_000 - now : Number.NaN;
  const pause = asked ?? (Number.isFinite(reset) ? reset : defaultPauseMs);
  return Math.min(maxPauseMs, Math.max(1_000, pause));
}

/** Seconds or a date. */
function retryAfter(value: unknown, now: number): number | null {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return null;
  if (/^\d+(\.\d+)?$/.test(text.trim())) return Number(text) * 1_000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

/**
 * @param refusal - the API's error answer; null where no answer came
 * @throws EgressFailure if the installation could not send
 */
export function trackerFailure(error: unknown, refusal: Refusal | null): TrackerFailure {
  // It is not the tracker's: the caller waits, and counts nothing.
  const ofInstallation = causeOf(error, EgressFailure);
  if (ofInstallation) throw ofInstallation;
  const own = causeOf(error, TrackerFailure);
  if (own) return own;
  if (refusal !== null) {
    const pause = pauseOf(refusal, Date.now());
    const { status } = refusal;
    if (pause !== null) return new TrackerFailure(`The tracker limits its use (${status}).`, { retryAfterMs: pause });
    if (status === 401) return notAccepted(' (401)');
    if (status === 403) {
      return new TrackerFailure('The tracker does not let these credentials do this (403).', { fault: 'credentials' });
    }
    if (status >= 300 && status < 400) return misled(`The tracker's API redirects elsewhere (${status})`);
    if (status === 404) return misled('The tracker answers that it has no such API (404)');
    return new TrackerFailure(`The tracker's API answered ${status}.`);
  }
  const failure = causeOf(error, ExchangeFailure);
  if (failure) return new TrackerFailure(failure.message, { fault: 'baseUrl' });
  const code = codeIn(error);
  return misled(`The tracker's API gave no answer that can be read${code ? ` (${code})` : ''}`);
}

/** @param status - in brackets, where the answer had one that says so */
export const notAccepted = (status = '') =>
  new TrackerFailure(`The tracker does not accept the credentials${status}.`, { fault: 'credentials' });

const misled = (what: string) => new TrackerFailure(`${what}: check the base URL.`, { fault: 'baseUrl' });

/** The libraries wrap the connection's error. */
function causeOf<T>(error: unknown, kind: abstract new (...args: never[]) => T, depth = 0): T | null {
  if (error instanceof kind) return error;
  if (typeof error !== 'object' || error === null || depth > 5) return null;
  return causeOf((error as { cause?: unknown }).cause, kind, depth + 1);
}

function codeIn(error: unknown, depth = 0): string | null {
  if (typeof error !== 'object' || error === null || depth > 5) return null;
  const { code, name, cause } = error as { code?: unknown; name?: unknown; cause?: unknown };
  if (typeof code === 'string' && /^[A-Z_]{3,40}$/.test(code)) return code;
  if (name === 'TimeoutError') return 'TIMEOUT';
  return codeIn(cause, depth + 1);
}
