import { type ErrorDetails, type EverhookError, errorOfCode } from '../errors.ts';

/** A GraphQL error, as received over HTTP or WebSocket. */
export interface GraphqlError {
  readonly message: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export const areGraphqlErrors = (value: unknown): value is readonly [GraphqlError, ...GraphqlError[]] =>
  Array.isArray(value) && value.length > 0 && typeof value[0]?.message === 'string';

/** The first error, as the class of its code. The server reports one error at a time. */
export function errorOf(
  [error]: readonly [GraphqlError, ...GraphqlError[]],
  details: ErrorDetails = {},
): EverhookError {
  const { code, field, retryAfter, permission, requestId } = error.extensions ?? {};
  return errorOfCode(codeOf(code), error.message, {
    ...details,
    field: typeof field === 'string' ? field : undefined,
    retryAfter: typeof retryAfter === 'number' ? retryAfter : details.retryAfter,
    requestId: typeof requestId === 'string' ? requestId : details.requestId,
    permission: typeof permission === 'string' ? permission : undefined,
  });
}

/** GraphQL's own codes for a request that does not fit the schema. */
const malformedRequest = new Set([
  'BAD_USER_INPUT',
  'GRAPHQL_VALIDATION_FAILED',
  'GRAPHQL_PARSE_FAILED',
  'BAD_REQUEST',
]);

const codeOf = (code: unknown): string =>
  typeof code !== 'string' ? 'INTERNAL' : malformedRequest.has(code) ? 'VALIDATION_FAILED' : code;
