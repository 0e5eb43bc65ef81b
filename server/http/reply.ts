import type { ServerResponse } from 'node:http';
import type { ApiError, ErrorCode } from '../errors.ts';
import { stringifyAnswer } from './jsonText.ts';
import { formatted } from './present.ts';

/** Answers are data: no browser shall guess at their type, frame them, keep them, or run anything in them. */
const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
} as const;

const statuses: Readonly<Record<ErrorCode, number>> = {
  VALIDATION_FAILED: 400,
  NOT_FOUND: 404,
  FORBIDDEN: 403,
  UNAUTHENTICATED: 401,
  CONFLICT: 409,
  LIMIT_EXCEEDED: 413,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
};

/** The status that goes with a code. */
export const statusOf = (code: ErrorCode): number => statuses[code];

/** Ends a response with a text. */
export function reply(
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, {
    ...securityHeaders,
    'content-type': `${type}; charset=utf-8`,
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

export const replyJson = (
  response: ServerResponse,
  status: number,
  answer: unknown,
  headers?: Readonly<Record<string, string>>,
  type = 'application/json',
): void => reply(response, status, type, stringifyAnswer(answer), headers);

/** Refuses a request as a whole, before any of it ran. */
export function replyError(
  response: ServerResponse,
  error: ApiError,
  options: {
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly type?: string;
  } = {},
): void {
  const headers: Record<string, string> = { ...options.headers };
  if (error.retryAfterSeconds !== undefined) headers['retry-after'] = String(error.retryAfterSeconds);
  if (error.code === 'UNAUTHENTICATED') headers['www-authenticate'] = 'Bearer';
  const status = options.status ?? statusOf(error.code);
  replyJson(response, status, { errors: [formatted(error)] }, headers, options.type);
}
