import { ApiError } from '../ground/errors.ts';

/** Deepest nesting of a JSON value inside the variables. */
export const deepestJson = 64;
/** What a request wraps around a JSON value: the variables, an input, a list, an item; over a WebSocket a payload, too. */
const deepestEnvelope = 8;
/** Deepest nesting of a request's text, around the variables included. */
export const deepestText = deepestJson + deepestEnvelope + 4;

export const tooDeep = (field: string) =>
  new ApiError('LIMIT_EXCEEDED', `JSON may be nested ${deepestJson} levels deep at most.`, field);

/**
 * Bounds the nesting of what came from outside, before anything walks it: the engine's own bound, its stack, is another one in
 * every version, and none for what it does without recursion.
 *
 * @param depth - of `value` itself
 * @param known - what lies inside, and has been looked at
 * @throws ApiError LIMIT_EXCEEDED with the field
 */
export function checkDepth(value: unknown, field: string, depth = 0, known?: unknown): void {
  if (typeof value !== 'object' || value === null || value === known) return;
  if (depth > deepestJson + deepestEnvelope) throw tooDeep(field);
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') checkDepth(item, field, depth + 1, known);
    return;
  }
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key];
    if (typeof item === 'object') checkDepth(item, field, depth + 1, known);
  }
}
