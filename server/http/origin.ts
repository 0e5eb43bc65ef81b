import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import type { Origin } from '../../core/access/principal.ts';
import { requestIdOf } from './requestId.ts';

const maxUserAgentCharacters = 300;

/** Finds where a request came from. */
export type OriginOf = (request: IncomingMessage) => Origin;

/**
 * Takes the connection's address. Only if that is a trusted proxy's, `X-Forwarded-For` is read, from its end, where
 * proxies append: entries before that may be the client's own.
 *
 * @param trustedProxies - CIDR ranges
 */
export function createOriginOf(trustedProxies: readonly string[]): OriginOf {
  const ranges = trustedProxies.map((range) => ipaddr.parseCIDR(range));
  const isTrusted = (address: string): boolean => {
    if (!ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return ranges.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits));
  };

  return (request) => {
    const { socket, headers } = request;
    let address = plain(socket.remoteAddress);
    const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
    while (address !== null && isTrusted(address)) {
      const next = plain(forwarded.pop()?.trim());
      if (next === null) break;
      address = next;
    }
    const userAgent = headers['user-agent']?.slice(0, maxUserAgentCharacters) ?? null;
    return { address, userAgent, requestId: requestIdOf(request) };
  };
}

/** Bytes of an IPv6 address that name the network; the client chooses the rest. */
const networkBytes = 8;

/** The client that per-address limits count: an IPv4 address, or an IPv6 /64, because one client can use any address in it. */
export function clientOf({ address }: Origin): string {
  if (address === null) return 'unknown';
  const parsed = ipaddr.parse(address);
  if (parsed.kind() === 'ipv4') return address;
  return `${Buffer.from(parsed.toByteArray().slice(0, networkBytes)).toString('hex')}/64`;
}

/** An address in its canonical form; null if it is not an address. */
function plain(address: string | undefined): string | null {
  return address !== undefined && ipaddr.isValid(address) ? ipaddr.process(address).toString() : null;
}
