import { invalid } from './errors.ts';

const longestName = 200;
const longestDescription = 2_000;

// What a terminal or a log would act on, and NUL, which PostgreSQL's text cannot hold.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const control = /[\u0000-\u001f\u007f]/;

/** A name that people give, without the space around it. @throws ApiError VALIDATION_FAILED */
export function checkName(name: string, field: string): string {
  const trimmed = name.trim();
  if (trimmed.length < 1 || trimmed.length > longestName || control.test(trimmed) || !trimmed.isWellFormed()) {
    throw invalid(field, `A name has 1 to ${longestName} characters and no control characters.`);
  }
  return trimmed;
}

/** A text of several lines that people give, or null for an empty one. @throws ApiError VALIDATION_FAILED */
export function checkDescription(text: string | null | undefined, field: string): string | null {
  if (text == null || text.trim() === '') return null;
  if (text.length > longestDescription || control.test(text.replace(/[\t\n\r]/g, '')) || !text.isWellFormed()) {
    throw invalid(field, `A description has at most ${longestDescription} characters and no control characters.`);
  }
  return text;
}
