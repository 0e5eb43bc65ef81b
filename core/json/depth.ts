import { ApiError } from '../ground/errors.ts';

/** Maximum depth of a JSON value inside the variables. */
export const maxJsonDepth = 64;
/** Levels that a request wraps around a JSON value: the variables, an input, a list, an item; over a WebSocket also a payload. */
const maxEnvelopeDepth = 8;
/** Maximum depth of a request's text, with the levels around the variables. */
export const maxTextDepth = maxJsonDepth + maxEnvelopeDepth + 4;

export const tooDeep = (field: string) =>
  new ApiError('LIMIT_EXCEEDED', `JSON may be nested ${maxJsonDepth} levels deep at most.`, field);

/**
 * Bounds the depth of a value from outside before any other code walks it. JavaScript's own bound, the stack, differs between
 * versions, and does not hold for code without recursion.
 *
 * @param depth - depth of `value` itself
 * @param known - a value inside that has been checked already
 * @throws ApiError LIMIT_EXCEEDED with the field
 */
export function checkDepth(value: unknown, field: string, depth = 0, known?: unknown): void {
  if (typeof value !== 'object' || value === null || value === known) return;
  if (depth > maxJsonDepth + maxEnvelopeDepth) throw tooDeep(field);
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') checkDepth(item, field, depth + 1, known);
    return;
  }
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key];
    if (typeof item === 'object') checkDepth(item, field, depth + 1, known);
  }
}
