import { invalid } from './errors.ts';

const longest = 255;

/**
 * Refuses a key that the store would not keep as it is: PostgreSQL takes no U+0000, and a lone half of a surrogate pair would
 * become U+FFFD, so that two keys would be one there.
 *
 * @throws ApiError VALIDATION_FAILED
 */
export function checkIdempotencyKey(key: string, field: string): void {
  if (key.length === 0 || key.length > longest || key.includes('\u0000') || !key.isWellFormed()) {
    throw invalid(field, `An idempotency key has 1–${longest} characters of well-formed Unicode, none of them U+0000.`);
  }
}
