import type { AttemptOutcome } from '../store/prisma/enums.ts';

/** One HTTP request, ready to be sent. */
export interface OutgoingRequest {
  readonly url: string;
  /** All headers except those that the sender adds: `Host`, `Content-Length`, `Connection` and `User-Agent`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Limit for the whole exchange: look-up, connect, TLS, request and the last byte of the response. */
  readonly timeoutMs: number;
  /** The schemes that the webhook's profile allows. Absent: both. Nothing is sent to a URL with another scheme. */
  readonly schemes?: readonly ('http' | 'https')[];
}

/**
 * The result of one exchange. Every failure is an outcome, never an exception. A failure in mid-response (a timeout, a broken
 * connection) keeps the code, the headers and the part of the body that had arrived.
 */
export interface Exchange {
  readonly outcome: Exclude<AttemptOutcome, 'SUCCEEDED'> | 'RESPONDED';
  /** Whether any part of the request was sent. */
  readonly sent: boolean;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly responseCode: number | null;
  readonly responseHeaders: readonly (readonly [name: string, value: string])[] | null;
  /** At most 64 KiB of the response, as UTF-8. Invalid UTF-8 and NUL are replaced. */
  readonly responseBody: string | null;
  readonly responseTruncated: boolean;
  /** What went wrong, for people. It holds no secret, and no private address except one that the URL names. */
  readonly error: string | null;
  /** `Retry-After` in milliseconds from the end of the exchange, where the response had a valid one. */
  readonly retryAfterMs: number | null;
}

/** Sends requests with every address vetted at connect time. */
export interface Sender {
  send(request: OutgoingRequest): Promise<Exchange>;
  close(): Promise<void>;
}
