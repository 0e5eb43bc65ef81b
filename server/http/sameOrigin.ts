import type { IncomingMessage } from 'node:http';
import { isLoopback } from './sessionCookie.ts';

/**
 * Whether a browser says that a page of this installation sends the request. Without that a cookie counts for nothing, so no other
 * site can act in somebody's name. Scripts can set none of these headers.
 *
 * @param publicOrigin - the origin of the public URL; null if none is set
 */
export function isFromOwnPage({ headers }: IncomingMessage, publicOrigin: string | null): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  // Sockets of some browsers have only this.
  const { origin, host } = headers;
  if (origin === undefined || host === undefined) return false;
  if (origin === publicOrigin || origin === `https://${host}`) return true;
  return isLoopback(host) && origin === `http://${host}`;
}
