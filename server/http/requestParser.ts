import { type ApiError, invalid } from '../../core/ground/errors.ts';
import { readJsonBody } from '../../core/json/body.ts';
import { isObject } from '../../core/json/isObject.ts';
import { parseJson } from '../../core/json/parseJson.ts';

/** A parsed GraphQL request. */
export interface GraphQLParams {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly operationName: string | undefined;
}

/** A GraphQL request as it was sent: with its document, or with the document's name. */
export interface RequestParams extends Omit<GraphQLParams, 'query'> {
  readonly query: string | undefined;
  readonly extensions: Readonly<Record<string, unknown>> | undefined;
  readonly documentId: string | undefined;
}

/**
 * Checks a parsed request against the GraphQL-over-HTTP specification.
 *
 * @throws ApiError VALIDATION_FAILED that names the parameter
 */
export function parseParams(value: unknown): RequestParams {
  if (Array.isArray(value)) throw invalid('body', 'Send one operation a request: batches are not served.');
  if (!isObject(value)) throw invalid('body', 'A GraphQL request is a JSON object with "query".');
  const { query, variables, operationName, extensions, documentId } = value;
  if (variables != null && !isObject(variables)) throw wrong('variables', 'an object');
  if (operationName != null && typeof operationName !== 'string') throw wrong('operationName', 'a string');
  if (extensions != null && !isObject(extensions)) throw wrong('extensions', 'an object');
  if (documentId != null && typeof documentId !== 'string') throw wrong('documentId', 'a string');
  // A registered document may be sent by its name alone.
  const isNamed = documentId != null || extensions?.persistedQuery != null;
  if (typeof query !== 'string' && !(isNamed && query == null)) throw wrong('query', 'a string');
  return {
    query: (isNamed && query === '' ? undefined : query) ?? undefined,
    variables: variables ?? undefined,
    operationName: operationName ?? undefined,
    extensions: extensions ?? undefined,
    documentId: documentId ?? undefined,
  };
}

/** Parameters that a URL may have, each once. */
const parameters = ['query', 'variables', 'operationName', 'extensions', 'documentId'] as const;

/**
 * Reads a request from a URL, and keeps the source text of its variables.
 *
 * @param query - the part after the URL's `?`
 * @throws ApiError VALIDATION_FAILED that names the parameter
 */
export function parseUrlParams(query: string): RequestParams {
  const given = new URLSearchParams(query);
  const value: Record<string, unknown> = {};
  for (const name of parameters) {
    const [text, more] = given.getAll(name);
    if (more !== undefined) throw invalid(name, `"${name}" is given twice: give it once.`);
    // Clients may write an absent parameter as an empty one.
    if (text === undefined || (text === '' && name !== 'query')) continue;
    value[name] = name === 'variables' || name === 'extensions' ? jsonOf(name, text) : text;
  }
  return parseParams(value);
}

function jsonOf(name: string, text: string): unknown {
  try {
    // Parsed by itself first: inside an object, text after the value could become another member.
    parseJson(text);
  } catch {
    throw invalid(name, `"${name}" is not valid JSON.`);
  }
  if (name !== 'variables') return parseJson(text);
  const { value, problem } = readJsonBody(`{"variables":${text}}`);
  if (problem) throw problem;
  return (value as { variables: unknown }).variables;
}

const wrong = (parameter: string, kind: string): ApiError => invalid(parameter, `"${parameter}" must be ${kind}.`);
