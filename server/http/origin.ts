import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import type { Origin } from '../../core/access/principal.ts';

const longestUserAgent = 300;

/** Tells where a request came from. */
export type OriginOf = (request: IncomingMessage) => Origin;

/**
 * The address is the connection's. Only where that is a trusted proxy's is `X-Forwarded-For` read, from its end, where
 * proxies add to it: what a client wrote there itself comes before.
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

  return ({ socket, headers }) => {
    let address = plain(socket.remoteAddress);
    const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
    while (address !== null && isTrusted(address)) {
      const next = plain(forwarded.pop()?.trim());
      if (next === null) break;
      address = next;
    }
    return { address, userAgent: headers['user-agent']?.slice(0, longestUserAgent) ?? null };
  };
}

/** Bytes of an IPv6 address that name the network; the rest is the client's to choose. */
const networkBytes = 8;

/** Whom limits count that go by address: an IPv4 address, or an IPv6 /64, any address of which one client can have. */
export function clientOf({ address }: Origin): string {
  if (address === null) return 'unknown';
  const parsed = ipaddr.parse(address);
  if (parsed.kind() === 'ipv4') return address;
  return `${Buffer.from(parsed.toByteArray().slice(0, networkBytes)).toString('hex')}/64`;
}

/** An address in its usual form; null for what is none. */
function plain(address: string | undefined): string | null {
  return address !== undefined && ipaddr.isValid(address) ? ipaddr.process(address).toString() : null;
}
