/** The trace id's, the span id's and the flags' hexadecimal digits, of a text of version 00. */
const digitsOf = (traceparent: string): string =>
  traceparent.slice(3, 35) + traceparent.slice(36, 52) + traceparent.slice(53, 55);

const [ofTrace, ofPosition, ofAll] = [32, 48, 50];

/**
 * What must be kept of a `traceparent` that was sent, so that it is known again beside its event's: the flags, where it was the event's
 * own position; with the span id in the event's trace; or all of it.
 *
 * @returns 1, 9 or 25 bytes in hexadecimal
 */
export function keptOf(sent: string, ofEvent: string | null): string {
  const digits = digitsOf(sent);
  const event = ofEvent === null ? '' : digitsOf(ofEvent);
  if (event === '' || !digits.startsWith(event.slice(0, ofTrace))) return digits;
  return digits.slice(digits.startsWith(event.slice(0, ofPosition)) ? ofPosition : ofTrace);
}

/**
 * The `traceparent` that was sent.
 *
 * @param kept - by {@link keptOf}
 * @returns null where the event's is needed, and gone
 */
export function sentTraceparent(kept: Buffer, ofEvent: string | null): string | null {
  const end = kept.toString('hex');
  const digits = (ofEvent === null ? '' : digitsOf(ofEvent).slice(0, ofAll - end.length)) + end;
  if (digits.length !== ofAll) return null;
  return `00-${digits.slice(0, ofTrace)}-${digits.slice(ofTrace, ofPosition)}-${digits.slice(ofPosition)}`;
}
