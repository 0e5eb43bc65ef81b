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
  try {
    const root = variablesIn(value);
    if (root) checkDepth(root.variables, 'variables');
    checkDepth(value, 'body', root ? -root.path.length : 0, root?.variables);
    // A long run of digits may be an integer that was rounded and yet prints as it was written.
    if (root && (/[:,[\s-]\d{16}/.test(text) || JSON.stringify(value) !== text))
      new Slicer(text).readAt(value, root.path);
    return { value, problem: null };
  } catch (error) {
    if (error instanceof ApiError) return { value, problem: error };
    throw error;
  }
}

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
