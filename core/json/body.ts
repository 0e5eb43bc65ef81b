import { ApiError, invalid } from '../ground/errors.ts';
import { checkDepth } from './depth.ts';
import { isObject } from './isObject.ts';
import { parseJson } from './parseJson.ts';
import { Slicer } from './slicer.ts';

/** A body's value, or why the body is refused. */
export interface JsonBody {
  readonly value: unknown;
  readonly problem: ApiError | null;
}

const malformed = (): JsonBody => ({ value: null, problem: invalid('body', 'The body is not valid JSON.') });

/** Reads a GraphQL request and keeps the JSON text of its variables. */
export function readJsonBody(text: string): JsonBody {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    return malformed();
  }
  return { value, problem: problemOfRequest(text, value) };
}

/** Reads the variables of a GraphQL request that was parsed already, and keeps their text. @returns why the request is refused, or null */
export function problemOfRequest(text: string, value: unknown): ApiError | null {
  try {
    const root = variablesIn(value);
    if (root) checkDepth(root.variables, 'variables');
    checkDepth(value, 'body', root ? -root.path.length : 0, root?.variables);
    if (root && mayDiffer(text, value)) new Slicer(text).readAt(value, root.path);
    return null;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

/**
 * Reads a JSON body and keeps the text of all that is in it.
 *
 * @throws ApiError VALIDATION_FAILED or LIMIT_EXCEEDED, with the path of the value at fault, such as `[3].data.weight`
 */
export function readJsonWithTexts(text: string): unknown {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    throw invalid('body', 'The body is not valid JSON.');
  }
  checkDepth(value, 'body');
  if (mayDiffer(text, value)) new Slicer(text).readAt(value, []);
  return value;
}

/** Whether the text of a value is another than `JSON.stringify` writes, or holds an integer that JavaScript rounds. */
const mayDiffer = (text: string, value: unknown): boolean =>
  // A long run of digits may be an integer that was rounded and yet prints as it was written.
  /[:,[\s-]\d{16}/.test(text) || JSON.stringify(value) !== text;

/** Finds the variables: in an HTTP body, or in the payload of a WebSocket message. */
function variablesIn(value: unknown): { variables: object; path: readonly string[] } | null {
  if (!isObject(value)) return null;
  if (isObject(value.variables)) return { variables: value.variables, path: ['variables'] };
  const { payload } = value;
  if (isObject(payload) && isObject(payload.variables)) {
    return { variables: payload.variables, path: ['payload', 'variables'] };
  }
  return null;
}
