/** The codes of expected failures, the same over GraphQL, WebSocket and REST. */
export type ErrorCode =
  | 'VALIDATION_FAILED'
  | 'NOT_FOUND'
  | 'FORBIDDEN'
  | 'UNAUTHENTICATED'
  | 'CONFLICT'
  | 'LIMIT_EXCEEDED'
  | 'RATE_LIMITED'
  | 'UNAVAILABLE';

/**
 * A failure that the caller sees. The transport masks every other error.
 * The message says what to do next; it never holds a secret.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  readonly code: ErrorCode;
  /** Path of the argument at fault, e.g. `input.events[3].data.title`. */
  readonly field: string | undefined;
  /** Seconds after which the same call may succeed, for RATE_LIMITED and UNAVAILABLE. */
  readonly retryAfterSeconds: number | undefined;
  /** The permission that the principal lacks, for FORBIDDEN. */
  readonly permission: string | undefined;

  /** @param cause - why, for the log: callers never see it */
  constructor(
    code: ErrorCode,
    message: string,
    field?: string,
    retryAfterSeconds?: number,
    permission?: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.field = field;
    this.retryAfterSeconds = retryAfterSeconds;
    this.permission = permission;
  }
}

/** For a principal, a thing that it may not see does not exist. */
export const notFound = (what: string, field?: string) =>
  new ApiError('NOT_FOUND', `There is no such ${what}, or this principal may not see it.`, field);

/** @param permission - the one that the principal would need */
export const forbidden = (permission: string, message: string, field?: string) =>
  new ApiError('FORBIDDEN', message, field, undefined, permission);

export const invalid = (field: string, message: string) => new ApiError('VALIDATION_FAILED', message, field);
