import { ValidationError } from '../errors.ts';

/** Labels of an event, by key. */
export type Labels = Readonly<Record<string, string>>;

/** Labels as the API takes them. @param path - of the labels in the caller's argument, for errors */
export function labelList(labels: Labels, path: string): { key: string; value: string }[] {
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) {
    throw new ValidationError("Labels are an object of texts, such as { customer: 'c_42' }.", { field: path });
  }
  return Object.entries(labels).map(([key, value]: [string, unknown]) => {
    if (typeof value !== 'string') {
      throw new ValidationError('The value of a label is a text.', { field: `${path}.${key}` });
    }
    return { key, value };
  });
}

/** The labels of a filter as a variable; nothing where there are none. */
export const labelsText = (labels: Labels | undefined): { labels?: { key: string; value: string }[] } =>
  labels === undefined ? {} : { labels: labelList(labels, 'labels') };

/** The labels that the API shows as an object. */
export const labelsOf = (list: readonly { readonly key: string; readonly value: string }[]): Labels =>
  Object.fromEntries(list.map(({ key, value }) => [key, value]));
