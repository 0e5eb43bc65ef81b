import ipaddr from 'ipaddr.js';

const maxUserAgent = 200;

/**
 * The network of an address, by which its owner recognizes it and nobody finds the machine: the first three bytes of IPv4, the first
 * six of IPv6.
 */
export function shortAddress(address: string | null): string | null {
  if (address === null || !ipaddr.isValid(address)) return null;
  const parsed = ipaddr.process(address);
  const kept = parsed.kind() === 'ipv4' ? 3 : 6;
  const bytes = parsed.toByteArray().map((byte, index) => (index < kept ? byte : 0));
  return `${ipaddr.fromByteArray(bytes).toString()}/${kept * 8}`;
}

/** The beginning of a user agent. */
export const shortUserAgent = (userAgent: string | null): string | null =>
  userAgent?.slice(0, maxUserAgent).toWellFormed() ?? null;
