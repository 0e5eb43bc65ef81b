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
  /** `EGRESS_ERROR`: the installation could not send. Nothing left it, and the receiver is not to blame: this is no attempt. */
  readonly outcome: Exclude<AttemptOutcome, 'SUCCEEDED'> | 'RESPONDED' | 'EGRESS_ERROR';
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
  /**
   * `Retry-After` in milliseconds from the end of the exchange, where the response had a valid one; for `EGRESS_ERROR`, when
   * to try again.
   */
  readonly retryAfterMs: number | null;
}

/** The installation cannot send now. */
export interface Blocked {
  /** For tenants. */
  readonly message: string;
  readonly retryAfterMs: number;
}

/** Sends requests with every address vetted at connect time. */
export interface Sender {
  /** Whether it gives the answers of listeners' clients, instead of sending anything. Absent: no. */
  readonly answersListeners?: true;
  send(request: OutgoingRequest): Promise<Exchange>;
  /** Whether nothing can be sent to anybody now, by the installation's fault. */
  readonly isBlocked?: boolean;
  /** Why nothing can be sent to a URL now, by the installation's fault; null if it can, or may be tried. */
  blocked?(url: string): Blocked | null;
  close(): Promise<void>;
}
