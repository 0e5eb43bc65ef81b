import { type ApiError, invalid } from '../errors.ts';

/** What a GraphQL request asks for. */
export interface GraphQLParams {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly operationName: string | undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Checks a parsed request against the GraphQL-over-HTTP specification.
 *
 * @throws ApiError VALIDATION_FAILED that names the parameter
 */
export function parseParams(value: unknown): GraphQLParams {
  if (Array.isArray(value)) throw invalid('body', 'Send one operation a request: batches are not served.');
  if (!isObject(value)) throw invalid('body', 'A GraphQL request is a JSON object with "query".');
  const { query, variables, operationName } = value;
  if (typeof query !== 'string') throw wrong('query', 'a string');
  if (variables != null && !isObject(variables)) throw wrong('variables', 'an object');
  if (operationName != null && typeof operationName !== 'string') throw wrong('operationName', 'a string');
  if (value.extensions != null && !isObject(value.extensions)) throw wrong('extensions', 'an object');
  return { query, variables: variables ?? undefined, operationName: operationName ?? undefined };
}

const wrong = (parameter: string, kind: string): ApiError => invalid(parameter, `"${parameter}" must be ${kind}.`);
