import type { IncomingMessage } from 'node:http';

/** The header `traceparent` as given; null for none. Node joins repeated ones with a comma, which is malformed. */
export function traceparentIn({ headers }: IncomingMessage): string | null {
  const { traceparent } = headers;
  return typeof traceparent === 'string' ? traceparent : null;
}
