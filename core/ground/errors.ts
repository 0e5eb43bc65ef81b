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
 * A failure that the caller is told about. Whatever else is thrown is masked at the transport.
 * The message says what to do next; it never holds a secret.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  readonly code: ErrorCode;
  /** Path of the argument at fault, e.g. `input.events[3].data.title`. */
  readonly field: string | undefined;
  /** Seconds after which the same call may succeed, for RATE_LIMITED and UNAVAILABLE. */
  readonly retryAfterSeconds: number | undefined;
  /** What the principal lacks, for FORBIDDEN. */
  readonly permission: string | undefined;

  constructor(code: ErrorCode, message: string, field?: string, retryAfterSeconds?: number, permission?: string) {
    super(message);
    this.code = code;
    this.field = field;
    this.retryAfterSeconds = retryAfterSeconds;
    this.permission = permission;
  }
}

/** What a principal may not see does not exist for it. */
export const notFound = (what: string, field?: string) =>
  new ApiError('NOT_FOUND', `There is no such ${what}, or this principal may not see it.`, field);

/** @param permission - that the principal would need */
export const lacking = (permission: string, message: string, field?: string) =>
  new ApiError('FORBIDDEN', message, field, undefined, permission);

export const invalid = (field: string, message: string) => new ApiError('VALIDATION_FAILED', message, field);
