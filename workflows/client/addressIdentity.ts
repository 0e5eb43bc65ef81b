import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { credentials } from '@grpc/grpc-js';
import type { ConnectionOptions } from '@temporalio/client';
import type { Config } from '../../core/composition/config.ts';

/** A name that nothing has (RFC 2606). gRPC always says one while TLS begins; a server answers an unknown one as it answers none. */
const unknownName = 'ip-address.invalid';

/** The host of an address, without its port and the brackets of IPv6. */
export const hostOf = (address: string) => address.slice(0, address.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');

/**
 * The options of gRPC's client for a server whose certificate is for an IP address. gRPC would say the address as the server's name,
 * which TLS forbids (RFC 6066, section 3) and Node from 26 on refuses.
 *
 * @returns null if its certificate is for a name, or without TLS
 */
export function addressIdentity({ address, tls, apiKey }: Config['temporal'] & { readonly address: string }) {
  if (tls === false) return null;
  const { serverName = null, authority = null, client = null } = tls === true ? {} : tls;
  const identity = serverName ?? hostOf(address);
  if (isIP(identity) === 0) return null;
  return {
    credentials: credentials.createSsl(authority, client?.key, client?.certificate, {
      checkServerIdentity: (_name, certificate) => checkServerIdentity(identity, certificate),
      rejectUnauthorized: true,
    }),
    // Beside credentials, the client refuses a key as an option.
    ...(apiKey === null ? {} : { metadata: { Authorization: `Bearer ${apiKey}` } }),
    channelArgs: { 'grpc.ssl_target_name_override': unknownName },
  } satisfies ConnectionOptions;
}
