import { ApiError, invalid } from '../core/ground/errors.ts';

/** Most names that a list may be filtered by. */
const mostNames = 100;
const longestSearch = 200;

/** Names that a list is filtered by, each once. Those with NUL, which the store cannot hold, match nothing and are left out. */
export function namesOf(names: readonly string[], field: string): string[] {
  if (names.length > mostNames) throw new ApiError('LIMIT_EXCEEDED', `Name at most ${mostNames} at a time.`, field);
  return [...new Set(names)].filter((name) => !name.includes('\u0000'));
}

/** @throws ApiError VALIDATION_FAILED for what is too long to search by, or cannot be in any text */
export function searchText(text: string, field: string): string {
  if (text.length > longestSearch || text.includes('\u0000')) {
    throw invalid(field, `Search by at most ${longestSearch} characters, none of them U+0000.`);
  }
  return text;
}
