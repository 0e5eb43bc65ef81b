import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Range = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/**
 * The IPv4 blocks with an entry in IANA's special-purpose registry, and multicast. The few entries that the registry calls
 * globally reachable (AS112, AMT, 6to4 relays) are infrastructure without receivers, so they are refused too.
 */
const specialIpv4 = parseRanges([
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carrier-grade NAT
  '127.0.0.0/8', // loopback
  '168.63.129.16/32', // public, but Azure answers its virtual machines by it, with what configures them
  '169.254.0.0/16', // link-local, cloud metadata
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // AMT
  '192.88.99.0/24', // 6to4 relay anycast, deprecated
  '192.168.0.0/16', // private
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarking
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
]);

/** The only IPv6 block from which IANA allocates global unicast addresses: all others are special or unassigned. */
const [globalUnicastIpv6] = parseRanges(['2000::/3']) as [Range];

/** The special blocks within it. IPv4-mapped and -compatible addresses, NAT64, ULA and link-local lie outside of it. */
const specialIpv6 = parseRanges([
  '2001::/23', // protocol assignments: Teredo, benchmarking, AMT, AS112, ORCHID, drone identifiers
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4, which embeds any IPv4 address
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
]);

/** Reads CIDR blocks such as `127.0.0.0/8` or `fd00::/8`. @throws {Error} that names the first invalid one. */
export function parseRanges(blocks: readonly string[]): Range[] {
  return blocks.map((block) => {
    try {
      return ipaddr.parseCIDR(block.trim());
    } catch {
      throw new Error(`"${block}" is not an address block in CIDR notation, such as 10.0.0.0/8 or fd00::/8.`);
    }
  });
}

/** Whether an address lies on the public internet: unicast, globally reachable, and not an embedded IPv4 address. */
export function isGlobalAddress(address: string): boolean {
  const parsed = parse(address);
  if (!parsed) return false;
  if (parsed.kind() === 'ipv4') return !within(parsed, specialIpv4);
  return within(parsed, [globalUnicastIpv6]) && !within(parsed, specialIpv6) && !isIsatap(parsed as ipaddr.IPv6);
}

/** Which addresses may be dialled: the public internet, and private ranges that the operator allowed for development. */
export interface AddressPolicy {
  allows(address: string): boolean;
}

/** @throws {Error} when a range is not in CIDR notation. */
export function addressPolicy(allowedPrivateRanges: readonly string[]): AddressPolicy {
  const allowed = parseRanges(allowedPrivateRanges);
  return {
    allows(address) {
      if (isGlobalAddress(address)) return true;
      const parsed = parse(address);
      return parsed !== null && within(parsed, allowed);
    },
  };
}

/** Null for a text that is not an address in standard form, and for an address with a zone, which names a local interface. */
function parse(address: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  return isIP(address) === 0 || address.includes('%') ? null : ipaddr.parse(address);
}

function within(address: ipaddr.IPv4 | ipaddr.IPv6, ranges: readonly Range[]): boolean {
  return ranges.some(([base, bits]) => base.kind() === address.kind() && address.match(base as never, bits));
}

/** RFC 5214: an interface identifier of `0000:5efe` or `0200:5efe` and an IPv4 address, under any prefix. */
function isIsatap(address: ipaddr.IPv6): boolean {
  const [high, low] = [address.parts[4] as number, address.parts[5]];
  return (high & ~0x0200) === 0 && low === 0x5efe;
}
