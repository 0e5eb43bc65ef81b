import { EverhookError, errorOfCode, NetworkError, TimeoutError } from '../errors.ts';
import { parseJson } from '../json/parseJson.ts';
import { areGraphqlErrors, errorOf } from './graphqlErrors.ts';

/** The used part of Fetch's `Response`. */
export interface FetchResponse {
  readonly status: number;
  /** `opaqueredirect` for a redirect, in browsers. */
  readonly type?: string;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/** `fetch`, or a function like it: for a proxy or a test. */
export type Fetch = (
  url: string,
  init: {
    method: 'POST';
    headers: Record<string, string>;
    body: string;
    signal: AbortSignal;
    redirect: 'manual';
    credentials?: 'same-origin';
  },
) => Promise<FetchResponse>;

export interface HttpOptions {
  readonly url: string;
  /** The value of the `authorization` header; undefined where a session's cookie counts. */
  authorization(): Promise<string | undefined>;
  /** Absent: the platform's own rule. */
  readonly credentials?: 'same-origin' | undefined;
  readonly fetch: Fetch;
  readonly timeoutMs: number;
}

/**
 * One GraphQL request over HTTP, once.
 *
 * @param body - the request as JSON text.
 * @throws EverhookError; the signal's reason when it aborts.
 */
export async function exchange(options: HttpOptions, body: string, signal: AbortSignal | undefined): Promise<unknown> {
  signal?.throwIfAborted();
  const { url, fetch, timeoutMs, credentials } = options;
  // Before the timer, so that a key that others wait for, too, is given up by all before any of them asks again.
  const asking = options.authorization();
  const ending = new AbortController();
  const abort = () => ending.abort();
  const timer = setTimeout(abort, timeoutMs);
  signal?.addEventListener('abort', abort);
  // Wait for the signal here as well: Node 20's fetch forgets the signal of a request that was garbage-collected while its answer is read.
  const ended = new Promise<never>((_, reject) =>
    ending.signal.addEventListener('abort', () => reject(ending.signal.reason), { once: true }),
  );
  ended.catch(() => {});
  let isSending = false;
  let response: FetchResponse | undefined;
  let text: string;
  try {
    // A key may come from a function that never returns.
    const authorization = await Promise.race([asking, ended]);
    isSending = true;
    const answering = fetch(url, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        ...(authorization === undefined ? {} : { authorization }),
        'content-type': 'application/json',
      },
      body,
      signal: ending.signal,
      // A redirect would send the key to another host. Cloudflare's Workers know no 'error'.
      redirect: 'manual',
      ...(credentials ? { credentials } : {}),
    });
    response = await Promise.race([answering, ended]);
    text = await Promise.race([response.text(), ended]);
  } catch (cause) {
    signal?.throwIfAborted();
    // The error of the caller's own function.
    if (!isSending && !ending.signal.aborted) throw cause;
    if (!isSending) throw new TimeoutError(`The API key was not there within ${timeoutMs} ms.`, { cause });
    const place = placeOf(url);
    const requestId = response?.headers.get('x-request-id') ?? undefined;
    const details = { status: response?.status, requestId, url: place, cause };
    if (ending.signal.aborted) throw new TimeoutError(`${place} did not answer within ${timeoutMs} ms.`, details);
    throw new NetworkError(`${place} could not be reached, or the connection broke before its answer.`, details);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
  return dataOf(response, text, url);
}

/** The URL as errors show it, without parts that may be a credential, such as a query. */
export function placeOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

function dataOf(response: FetchResponse, text: string, url: string): unknown {
  const { status } = response;
  const details = {
    status,
    requestId: response.headers.get('x-request-id') ?? undefined,
    retryAfter: secondsOf(response.headers.get('retry-after')),
    url: placeOf(url),
  };
  if (isRedirect(response)) {
    throw new EverhookError('INTERNAL', 'The url redirects; give the final one as the client’s url.', details);
  }
  const answer = parsed(text);
  if (areGraphqlErrors(answer?.errors)) throw errorOf(answer.errors, details);
  if (status === 200 && typeof answer?.data === 'object' && answer.data !== null) return answer.data;
  throw errorOfStatus(status, details);
}

/** Browsers tell of a redirect nothing but that it is one. */
const isRedirect = ({ status, type }: FetchResponse) =>
  type === 'opaqueredirect' || status === 0 || (status >= 300 && status < 400);

function parsed(text: string): { data?: unknown; errors?: unknown } | null {
  try {
    const value: unknown = parseJson(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

/** The error for an answer of another server on the way, such as a proxy or a load balancer. Its body is not quoted. */
function errorOfStatus(status: number, details: ConstructorParameters<typeof EverhookError>[2]): EverhookError {
  const message = `The answer is HTTP ${status} without a GraphQL result.`;
  const codes: Readonly<Record<number, string>> = {
    401: 'UNAUTHENTICATED',
    403: 'FORBIDDEN',
    413: 'LIMIT_EXCEEDED',
    429: 'RATE_LIMITED',
    502: 'UNAVAILABLE',
    503: 'UNAVAILABLE',
    504: 'UNAVAILABLE',
  };
  const code = codes[status];
  return code
    ? errorOfCode(code, message, details)
    : new EverhookError('INTERNAL', `${message} Check that the client’s url is Everhook’s.`, details);
}

/** `Retry-After` in seconds, from seconds or a date. */
function secondsOf(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - Date.now()) / 1000);
}
