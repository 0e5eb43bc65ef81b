import { invalid } from './errors.ts';

const maxNameLength = 200;
const maxDescriptionLength = 2_000;

// A terminal or a log acts on control characters, and PostgreSQL's text cannot hold NUL.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern looks for control characters
const control = /[\u0000-\u001f\u007f]/;

/** A name from a user, without the space around it. @throws ApiError VALIDATION_FAILED */
export function checkName(name: string, field: string): string {
  const trimmed = name.trim();
  if (trimmed.length < 1 || trimmed.length > maxNameLength || control.test(trimmed) || !trimmed.isWellFormed()) {
    throw invalid(field, `A name has 1 to ${maxNameLength} characters and no control characters.`);
  }
  return trimmed;
}

/** A text of several lines from a user; null for an empty one. @throws ApiError VALIDATION_FAILED */
export function checkDescription(text: string | null | undefined, field: string): string | null {
  if (text == null || text.trim() === '') return null;
  if (text.length > maxDescriptionLength || control.test(text.replace(/[\t\n\r]/g, '')) || !text.isWellFormed()) {
    throw invalid(field, `A description has at most ${maxDescriptionLength} characters and no control characters.`);
  }
  return text;
}
