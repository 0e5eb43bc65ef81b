import { type FormattedExecutionResult, GraphQLError } from 'graphql';
import { ApiError, type ErrorCode } from '../../core/ground/errors.ts';
import { formatted, type Presenter, rootOf } from './present.ts';
import { refusalHeaders, statusOf } from './reply.ts';

/** A refusal with an HTTP status of its own, which no error code has. */
export class HttpRefusal extends Error {
  readonly status: number;
  readonly reason: ApiError;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, reason: ApiError, headers: Readonly<Record<string, string>> = {}) {
    super(reason.message);
    this.status = status;
    this.reason = reason;
    this.headers = headers;
  }
}

/** The answer to a request that is refused as a whole, before any of it ran. */
export interface Refused {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: FormattedExecutionResult;
}

/**
 * @param error - what was thrown; a plugin's GraphQLError may carry Yoga's `extensions.http`
 * @param requestId - the id of the request
 */
export function refusedFor(error: unknown, presenter: Presenter, requestId: string): Refused {
  const cause = rootOf(error);
  if (cause instanceof HttpRefusal) {
    return { status: cause.status, headers: cause.headers, body: { errors: [formatted(cause.reason, requestId)] } };
  }
  const shown = cause instanceof ApiError ? formatted(cause, requestId) : presenter.error(error, requestId);
  const { code, retryAfter } = { ...shown.extensions } as { code?: string; retryAfter?: number };
  const { status, headers } = cause instanceof GraphQLError ? { ...cause.extensions.http } : {};
  return {
    status: status ?? statusOf(code as ErrorCode) ?? (cause instanceof GraphQLError ? 400 : 500),
    headers: { ...refusalHeaders(code, retryAfter), ...headers },
    body: { errors: [shown] },
  };
}
