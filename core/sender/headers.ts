/**
 * Header names (lower-case) that HTTP or this service uses: a webhook's custom headers may not set them.
 * Hop-by-hop and framing names are from RFC 9110 and 9112; `expect` and `upgrade` would change the exchange itself.
 */
const reservedHeaders: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'via',
]);

const namePattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;
/** Whether a text can be a header's name: a token (RFC 9110, 5.6.2) of up to 256 characters. */
export const isHeaderName = (name: string): boolean => namePattern.test(name);

/** RFC 9110 field values in ASCII: no control characters, no white space at the ends. */
const valuePattern = /^[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?$/;
const maxValueLength = 4096;

/**
 * Says why a webhook may not have this custom header, or null if it may. The reason never quotes the value, which may be a
 * credential.
 *
 * @param owned - lower-case names of the headers that the webhook's profile sends
 */
export function checkHeader(name: string, value: string, owned: readonly string[]): string | null {
  if (!isHeaderName(name)) return "A header name is 1 to 256 letters, digits or any of !#$%&'*+-.^_`|~.";
  const lower = name.toLowerCase();
  if (reservedHeaders.has(lower)) return `The header ${name} belongs to HTTP: choose another name.`;
  if (owned.includes(lower)) return `The header ${name} belongs to the webhook's profile: choose another name.`;
  if (value.length > maxValueLength) return `The value of ${name} is longer than ${maxValueLength} characters.`;
  if (!valuePattern.test(value))
    return `The value of ${name} must be printable ASCII, without white space at its ends.`;
  return null;
}
