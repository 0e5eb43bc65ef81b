/** The API's codes, and those of failures on the way to it. */
export type ErrorCode =
  | 'VALIDATION_FAILED'
  | 'NOT_FOUND'
  | 'FORBIDDEN'
  | 'UNAUTHENTICATED'
  | 'CONFLICT'
  | 'LIMIT_EXCEEDED'
  | 'RATE_LIMITED'
  | 'UNAVAILABLE'
  /** The server could not be reached, or the connection broke before its answer. */
  | 'NETWORK'
  /** The server did not answer within the client's time. */
  | 'TIMEOUT'
  /** Some events of a call were accepted, and others were not. */
  | 'PARTLY_PUBLISHED'
  /** The client was closed by `close`. */
  | 'CLOSED'
  /** Anything else: an error of the server, or an answer that is not from Everhook. */
  | 'INTERNAL';

export interface ErrorDetails {
  /** The argument at fault, e.g. `input.url` or `events[3].data.title`. */
  readonly field?: string | undefined;
  /** Seconds after which the same call may succeed. */
  readonly retryAfter?: number | undefined;
  /** The HTTP status of the answer. */
  readonly status?: number | undefined;
  /** The id of this request in the server's log. */
  readonly requestId?: string | undefined;
  /** Where the request went, without parts that may be a credential. */
  readonly url?: string | undefined;
  /** The permission that the key lacks. */
  readonly permission?: string | undefined;
  readonly cause?: unknown;
}

/** The error of every call of the SDK. Messages never quote keys, secrets or bodies. */
export class EverhookError extends Error {
  override readonly name: string = 'EverhookError';
  readonly code: ErrorCode;
  /** The argument at fault, e.g. `input.url` or `events[3].data.title`. */
  readonly field: string | undefined;
  /** Seconds after which the same call may succeed. */
  readonly retryAfter: number | undefined;
  /** The HTTP status of the answer, where one came. */
  readonly status: number | undefined;
  /** The id of this request in the server's log, where the server sent it. */
  readonly requestId: string | undefined;
  /** Where the request went, such as `https://hooks.example.com/graphql`, without a query. Undefined where none was sent. */
  readonly url: string | undefined;
  /** The permission that the key lacks, for a ForbiddenError that names one: `WEBHOOK_MANAGE`. */
  readonly permission: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.field = details.field;
    this.retryAfter = details.retryAfter;
    this.status = details.status;
    this.requestId = details.requestId;
    this.url = details.url;
    this.permission = details.permission;
  }
}

/** An argument is invalid: see `field`. */
export class ValidationError extends EverhookError {
  override readonly name = 'ValidationError';
  constructor(message: string, details?: ErrorDetails) {
    super('VALIDATION_FAILED', message, details);
  }
}

/** There is no such thing, or this key may not see it. */
export class NotFoundError extends EverhookError {
  override readonly name = 'NotFoundError';
  constructor(message: string, details?: ErrorDetails) {
    super('NOT_FOUND', message, details);
  }
}

/** The key is valid but lacks the permission: see `permission`. */
export class ForbiddenError extends EverhookError {
  override readonly name = 'ForbiddenError';
  constructor(message: string, details?: ErrorDetails) {
    super('FORBIDDEN', message, details);
  }
}

/** The key is missing, unknown or revoked. */
export class UnauthenticatedError extends EverhookError {
  override readonly name = 'UnauthenticatedError';
  constructor(message: string, details?: ErrorDetails) {
    super('UNAUTHENTICATED', message, details);
  }
}

/** The call conflicts with the present state, such as an idempotency key that was used for other content. */
export class ConflictError extends EverhookError {
  override readonly name = 'ConflictError';
  constructor(message: string, details?: ErrorDetails) {
    super('CONFLICT', message, details);
  }
}

/** More than the API accepts at once. */
export class LimitExceededError extends EverhookError {
  override readonly name = 'LimitExceededError';
  constructor(message: string, details?: ErrorDetails) {
    super('LIMIT_EXCEEDED', message, details);
  }
}

/** Too many calls: see `retryAfter`. */
export class RateLimitedError extends EverhookError {
  override readonly name = 'RateLimitedError';
  constructor(message: string, details?: ErrorDetails) {
    super('RATE_LIMITED', message, details);
  }
}

/** The service, or a gateway in front of it, cannot work now. */
export class UnavailableError extends EverhookError {
  override readonly name = 'UnavailableError';
  constructor(message: string, details?: ErrorDetails) {
    super('UNAVAILABLE', message, details);
  }
}

/** The server could not be reached, or the connection broke before its answer: the call may or may not have been executed. */
export class NetworkError extends EverhookError {
  override readonly name = 'NetworkError';
  constructor(message: string, details?: ErrorDetails) {
    super('NETWORK', message, details);
  }
}

/** No answer within the client's timeout: the call may or may not have been executed. */
export class TimeoutError extends EverhookError {
  override readonly name = 'TimeoutError';
  constructor(message: string, details?: ErrorDetails) {
    super('TIMEOUT', message, details);
  }
}

const classes: Readonly<Record<string, new (message: string, details?: ErrorDetails) => EverhookError>> = {
  VALIDATION_FAILED: ValidationError,
  NOT_FOUND: NotFoundError,
  FORBIDDEN: ForbiddenError,
  UNAUTHENTICATED: UnauthenticatedError,
  CONFLICT: ConflictError,
  LIMIT_EXCEEDED: LimitExceededError,
  RATE_LIMITED: RateLimitedError,
  UNAVAILABLE: UnavailableError,
  NETWORK: NetworkError,
  TIMEOUT: TimeoutError,
};

/** All that an error knows, for another one. */
export const detailsOf = ({
  field,
  retryAfter,
  status,
  requestId,
  url,
  permission,
  cause,
}: EverhookError): ErrorDetails => ({ field, retryAfter, status, requestId, url, permission, cause });

/** The same error, of the same class, for another field. */
export const aboutField = (error: EverhookError, field: string | undefined): EverhookError =>
  errorOfCode(error.code, error.message, { ...detailsOf(error), field });

/** The error of a code's class; a code that this version does not know becomes INTERNAL. */
export function errorOfCode(code: string, message: string, details?: ErrorDetails): EverhookError {
  const OfCode = Object.hasOwn(classes, code) ? classes[code] : undefined;
  return OfCode ? new OfCode(message, details) : new EverhookError('INTERNAL', message, details);
}
