import type { AddressInfo, Server } from 'node:net';
import { bracketed } from '../../core/ground/listening.ts';

/** Where a server listens; with port 0, on a free one. */
export interface Listening {
  readonly host: string;
  readonly port: number;
  readonly url: string;
}

function once(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/**
 * Makes a server listen. On `::` it takes IPv6 and IPv4; a system without IPv6 refuses that, and then it takes IPv4 alone.
 *
 * @throws the system's error, such as EADDRINUSE
 */
export async function listen(server: Server, port: number, host: string): Promise<Listening> {
  await once(server, port, host).catch((error: NodeJS.ErrnoException) => {
    if (host !== '::' || !['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes(error.code ?? '')) throw error;
    return once(server, port, '0.0.0.0');
  });
  const { address, port: actual } = server.address() as AddressInfo;
  return { host: address, port: actual, url: `http://${bracketed(address)}:${actual}` };
}
