import type { IncomingMessage } from 'node:http';
import { isObject } from '../../core/json/isObject.ts';

/** The header `traceparent` as given; null for none. Node joins repeated ones with a comma, which is malformed. */
export function traceparentIn({ headers }: IncomingMessage): string | null {
  const { traceparent } = headers;
  return typeof traceparent === 'string' ? traceparent : null;
}

/** The `traceparent` among the extensions of a GraphQL request, which over a socket has no headers of its own; null for none. */
export function traceparentAmong(extensions: unknown): string | null {
  const traceparent = isObject(extensions) ? extensions.traceparent : null;
  return typeof traceparent === 'string' ? traceparent : null;
}
