const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Reads an id from outside and writes it as the store does. RFC 9562 allows UUIDs in either case, and the code compares them
 * as texts, so there is one spelling from here on.
 *
 * @returns null where the text does not have the form of an id: it names nothing, and must not reach the store's `uuid` columns
 */
export const parseId = (text: string): string | null => (uuid.test(text) ? text.toLowerCase() : null);
