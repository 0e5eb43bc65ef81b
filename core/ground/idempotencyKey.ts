import { invalid } from './errors.ts';

const maxLength = 255;

/**
 * Refuses a key that the store would change: PostgreSQL accepts no U+0000, and a lone half of a surrogate pair would become
 * U+FFFD, so that two keys would become one.
 *
 * @throws ApiError VALIDATION_FAILED
 */
export function checkIdempotencyKey(key: string, field: string): void {
  if (key.length === 0 || key.length > maxLength || key.includes('\u0000') || !key.isWellFormed()) {
    throw invalid(
      field,
      `An idempotency key has 1–${maxLength} characters of well-formed Unicode, none of them U+0000.`,
    );
  }
}
