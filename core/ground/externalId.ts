import { invalid } from './errors.ts';
import { parseId } from './parseId.ts';

const maxLength = 128;
/** Printable ASCII without "/", which separates the parts of a reference. */
const pattern = /^[!-.0-~]+$/;

/** Whether a text may be an external id. One that looks like an id of Everhook's own may not: a reference has one meaning. */
export const isExternalId = (text: string): boolean =>
  text.length <= maxLength && pattern.test(text) && text !== '.' && text !== '..' && parseId(text) === null;

/** An external id from a user. @throws ApiError VALIDATION_FAILED */
export function checkExternalId(text: string, field: string): string {
  if (parseId(text) !== null) {
    throw invalid(
      field,
      'An external id must not have the form of a UUID, which Everhook\'s own ids have: put something before it, such as "customer_".',
    );
  }
  if (!isExternalId(text)) {
    throw invalid(
      field,
      `An external id has 1 to ${maxLength} printable ASCII characters without spaces and "/", and is not "." or "..".`,
    );
  }
  return text;
}

/** A part of a reference: an id, or an external id. */
export type ReferencePart = { readonly id: string } | { readonly externalId: string };

/**
 * Reads a reference: an id, an external id, or a path of them from the outside in, such as `acme/shop`.
 *
 * @param maxParts - how deep the thing lies
 * @returns null where the text can name nothing
 */
export function parseReference(text: string, maxParts: number): readonly ReferencePart[] | null {
  const parts: ReferencePart[] = [];
  // A text of any length comes from outside: it is not split into more parts than are asked for.
  for (const part of text.split('/', maxParts + 1)) {
    const id = parseId(part);
    if (id !== null) parts.push({ id });
    else if (isExternalId(part)) parts.push({ externalId: part });
    else return null;
  }
  return parts.length <= maxParts ? parts : null;
}
