import { ApiError } from './errors.ts';

/** How deep errors may be nested in each other. */
const maxDepth = 6;

/**
 * The failure to open a sealed value, also inside another error; null where there is none. It is known by its name: the key ring
 * stands on this floor.
 */
export function sealFailureOf(error: unknown, depth = 0): Error | null {
  if (!(error instanceof Error) || depth > maxDepth) return null;
  return error.name === 'SealError' ? error : sealFailureOf(error.cause, depth + 1);
}

/**
 * What callers are told who need a value that cannot be opened. It is no outage: trying again does not help where a key is missing
 * or wrong.
 *
 * @returns null for any other error
 */
export const undecryptable = (error: unknown): ApiError | null =>
  sealFailureOf(error) &&
  new ApiError(
    'UNAVAILABLE',
    'A secret of this organization’s webhooks cannot be decrypted. This does not pass by itself: tell the operator, who must correct EVERHOOK_ENCRYPTION_KEYS; the log names the key.',
    undefined,
    undefined,
    undefined,
    error,
  );
