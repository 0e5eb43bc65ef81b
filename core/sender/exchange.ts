import type { AttemptOutcome } from '../store/prisma/enums.ts';

/** One HTTP request, ready to leave. */
export interface OutgoingRequest {
  readonly url: string;
  /** All but what HTTP itself needs (`Host`, `Content-Length`, `Connection`) and `User-Agent`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Bound on the whole exchange: look-up, connect, TLS, request and the last byte of the response. */
  readonly timeoutMs: number;
  /** The schemes that the webhook's profile allows. Absent: both; a URL that may not be used is never sent to. */
  readonly schemes?: readonly ('http' | 'https')[];
}

/**
 * What became of one exchange. It never throws: every failure is an outcome. A failure in mid-response (a timeout, a broken
 * connection) keeps the code, headers and part of the body that came before it.
 */
export interface Exchange {
  readonly outcome: Exclude<AttemptOutcome, 'SUCCEEDED'> | 'RESPONDED';
  /** Whether the request left, wholly or in part. */
  readonly sent: boolean;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly responseCode: number | null;
  readonly responseHeaders: readonly (readonly [name: string, value: string])[] | null;
  /** At most 64 KiB of the response, as UTF-8 (what is not UTF-8, and NUL, is replaced). */
  readonly responseBody: string | null;
  readonly responseTruncated: boolean;
  /** What went wrong, for people; no secret, no address of a private network beyond the one the URL names. */
  readonly error: string | null;
  /** `Retry-After` in milliseconds from the end of the exchange, where the response had a valid one. */
  readonly retryAfterMs: number | null;
}

/** Sends requests with every address vetted at connect time. */
export interface Sender {
  send(request: OutgoingRequest): Promise<Exchange>;
  close(): Promise<void>;
}
