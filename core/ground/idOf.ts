const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The id that a text from outside names, as the store writes it: RFC 9562 lets UUIDs be read in either case, and code
 * compares them as texts, so one spelling is kept from here on.
 *
 * @returns null for what has not the form of an id: it names nothing, and must not reach the store's `uuid` columns
 */
export const idOf = (text: string): string | null => (uuid.test(text) ? text.toLowerCase() : null);
