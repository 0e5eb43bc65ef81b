import { ApiError, invalid } from '../ground/errors.ts';

/** A key and a value that a publisher gives an event, to find it by: `customer` and `c_42`. */
export interface Label {
  readonly key: string;
  readonly value: string;
}

const maxLabels = 10;
const keyPattern = /^[a-z0-9_.-]{1,40}$/;
const maxValueLength = 200;

/**
 * Checks the labels of an event.
 *
 * @param field - where they lie in the arguments, for errors: `input.events[3].labels`
 * @returns them, sorted by key
 * @throws ApiError LIMIT_EXCEEDED for more than 10, VALIDATION_FAILED for a bad key, a bad value, or a key that is there twice
 */
export function checkedLabels(labels: readonly Label[], field: string): readonly Label[] {
  if (labels.length === 0) return labels;
  if (labels.length > maxLabels)
    throw new ApiError('LIMIT_EXCEEDED', `An event has at most ${maxLabels} labels.`, field);
  const keys = new Set<string>();
  for (const [index, label] of labels.entries()) {
    checkLabel(label, `${field}[${index}]`);
    if (keys.has(label.key)) throw invalid(`${field}[${index}].key`, 'Give each key once.');
    keys.add(label.key);
  }
  return sortedLabels(labels);
}

/**
 * Checks the labels of a filter: an event must have them all.
 *
 * @returns each once
 * @throws as `checkedLabels`
 */
export function filterLabels(labels: readonly Label[], field: string): readonly Label[] {
  if (labels.length > maxLabels) throw new ApiError('LIMIT_EXCEEDED', `Name at most ${maxLabels} labels.`, field);
  for (const [index, label] of labels.entries()) checkLabel(label, `${field}[${index}]`);
  return [...new Map(labels.map((label) => [`${label.key}=${label.value}`, label])).values()];
}

function checkLabel({ key, value }: Label, field: string): void {
  if (!keyPattern.test(key)) {
    throw invalid(`${field}.key`, 'A label’s key has 1 to 40 characters out of a–z, 0–9, "_", "." and "-".');
  }
  if (value.length < 1 || value.length > maxValueLength || value.includes('\u0000') || !value.isWellFormed()) {
    throw invalid(
      `${field}.value`,
      `A label’s value has 1 to ${maxValueLength} characters of well-formed Unicode, none of them U+0000.`,
    );
  }
}

/** Labels in the order of their keys, by code unit. */
export const sortedLabels = (labels: readonly Label[]): readonly Label[] =>
  labels.length < 2 ? labels : [...labels].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));

/** The labels of an event: as the column `event.labels` has them, or already a list. */
export const labelsOf = (stored: unknown): readonly Label[] =>
  Array.isArray(stored)
    ? stored
    : stored === null || typeof stored !== 'object'
      ? []
      : sortedLabels(Object.entries(stored as Record<string, string>).map(([key, value]) => ({ key, value })));

/** The memory that labels take, in characters. */
export const sizeOfLabels = (labels: readonly Label[]): number =>
  labels.reduce((size, { key, value }) => size + key.length + value.length, 0);
