import type { LookupFunction, TcpNetConnectOpts } from 'node:net';
import type { Egress } from './egress.ts';
import type { Resolved } from './lookup.ts';

/** How long one address of a name is tried alone before the next one is tried too. */
const nextAddressAfterMs = 500;

/**
 * Where a socket connects to. It calls this look-up instead of the resolver, so it dials exactly these addresses.
 *
 * If addresses to connect from are chosen, all that are dialled are of one family: a socket has one of its own.
 *
 * @returns null if none was chosen for the families of these addresses
 */
export function dialTarget(
  host: string,
  port: number,
  addresses: readonly Resolved[],
  egress: Egress | null,
): TcpNetConnectOpts | null {
  const common = { host, port, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: nextAddressAfterMs };
  if (!egress?.hasAddresses) return { ...common, lookup: lookupOf(addresses) };
  const family = addresses.find((each) => egress.addressFor(each.family) !== null)?.family;
  if (family === undefined) return null;
  const ofFamily = addresses.filter((each) => each.family === family);
  return { ...common, lookup: lookupOf(ofFamily), localAddress: egress.addressFor(family) as string };
}

/** Whether a socket could not be bound to a chosen address. */
export function isOwnAddressError(error: NodeJS.ErrnoException, egress: Egress | null): boolean {
  if (!egress?.hasAddresses) return false;
  const { code, syscall, errors } = error as NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] };
  return code === 'EADDRNOTAVAIL' || syscall === 'bind' || errors?.[0]?.syscall === 'bind';
}

function lookupOf(addresses: readonly Resolved[]): LookupFunction {
  return (_hostname, options, callback) => {
    const first = addresses[0];
    if (!first) callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), []);
    else if (options.all) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
}
