import { ApiError, invalid } from '../core/ground/errors.ts';

/** Most names in a filter. */
const maxNames = 100;
const maxSearchLength = 200;

/** Names of a filter, each once. Names with NUL, which the store cannot hold, match nothing and are left out. */
export function namesOf(names: readonly string[], field: string): string[] {
  if (names.length > maxNames) throw new ApiError('LIMIT_EXCEEDED', `Name at most ${maxNames} at a time.`, field);
  return [...new Set(names)].filter((name) => !name.includes('\u0000'));
}

/** @throws ApiError VALIDATION_FAILED for a text that is too long to search for, or that no stored text can contain */
export function searchText(text: string, field: string): string {
  if (text.length > maxSearchLength || text.includes('\u0000')) {
    throw invalid(field, `Search for at most ${maxSearchLength} characters, none of them U+0000.`);
  }
  return text;
}
