import ipaddr from 'ipaddr.js';
import { invalid } from '../ground/errors.ts';

const maxBlocks = 50;
/** The bits of an IPv4-mapped IPv6 address before the IPv4 address. */
const mappedBits = 96;

type Block = readonly [network: ipaddr.IPv4 | ipaddr.IPv6, bits: number];

/**
 * Address blocks from a user, in one form: CIDR with the network's own address, IPv4-mapped IPv6 as IPv4. An address alone
 * means just that one.
 *
 * @throws ApiError VALIDATION_FAILED
 */
export function checkAddresses(given: readonly string[], field: string): string[] {
  if (given.length === 0) throw invalid(field, 'Name at least one address, or leave this out to allow all.');
  if (given.length > maxBlocks) throw invalid(field, `At most ${maxBlocks} address blocks are taken.`);
  return [...new Set(given.map((text, index) => blockText(text, `${field}[${index}]`)))];
}

function blockText(text: string, field: string): string {
  try {
    const [network, bits] = blockOf(text);
    const Family = network.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
    return `${Family.networkAddressFromCIDR(`${network}/${bits}`)}/${bits}`;
  } catch {
    throw invalid(field, 'This is no address and no block in CIDR notation, such as 203.0.113.0/24 or 2001:db8::/32.');
  }
}

/** @throws where it is no block */
function blockOf(text: string): Block {
  const trimmed = text.trim();
  // Shorter forms, such as "10.1", mean something else to every reader.
  const isPlain = ipaddr.IPv4.isValidFourPartDecimal(trimmed.split('/')[0] ?? '') || trimmed.includes(':');
  if (!isPlain) throw new Error('not an address');
  const [address, bits] = trimmed.includes('/') ? ipaddr.parseCIDR(trimmed) : [ipaddr.parse(trimmed), null];
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) {
    if (bits !== null && bits < mappedBits) throw new Error('wider than IPv4');
    return [address.toIPv4Address(), bits === null ? 32 : bits - mappedBits];
  }
  return [address, bits ?? (address.kind() === 'ipv4' ? 32 : 128)];
}

/** Whether an address is in one of the blocks. An IPv4-mapped IPv6 address is the IPv4 address. */
export function isAllowed(address: string | null, blocks: readonly string[]): boolean {
  if (address === null || !ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return blocks.some((text) => {
    const [network, bits] = blockOf(text);
    return network.kind() === parsed.kind() && parsed.match(network, bits);
  });
}

/** Whether each of the blocks lies within one of the wider ones. */
export function areWithin(blocks: readonly string[], wider: readonly string[]): boolean {
  return blocks.every((text) => {
    const [network, bits] = blockOf(text);
    return wider.some((other) => {
      const [around, fewer] = blockOf(other);
      return around.kind() === network.kind() && fewer <= bits && network.match(around, fewer);
    });
  });
}
