import type { AddressInfo } from 'node:net';

/** Stands for every address of the machine, whichever of IPv4 and IPv6 it has. */
export const everyAddress = '*';

/**
 * The host to listen on. Node listens on `::`, which takes IPv4 too, if it is given none, and on `0.0.0.0` where IPv6 is off.
 */
export const listenHost = (host: string): string | undefined => (host === everyAddress ? undefined : host);

/** A host as a URL has it: IPv6 in brackets. */
export const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** A host to call from this machine: what stands for every address cannot be called. */
export const callableHost = (host: string): string =>
  bracketed([everyAddress, '0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host);

/** `host:port` of a listening server, with brackets around IPv6. */
export const shownAddress = ({ address, port }: AddressInfo): string => `${bracketed(address)}:${port}`;

/** Says what is wrong with an address that cannot be listened on, by the names of its settings. */
export function listenProblem(error: NodeJS.ErrnoException, host: string, port: number, portSetting: string): string {
  if (error.code === 'EADDRINUSE') {
    return `${portSetting}: ${port} is taken by another program. Choose another, or 0 for any free one.`;
  }
  if (error.code === 'EAFNOSUPPORT' || error.code === 'EADDRNOTAVAIL') {
    const off = host.includes(':') ? ' (IPv6 may be off)' : '';
    return `HOST: this machine has no address ${host}${off}. HOST=* listens on every address that it has.`;
  }
  return `HOST, ${portSetting}: ${error.message}.`;
}
