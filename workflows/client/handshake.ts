import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { checkServerIdentity, connect } from 'node:tls';
import { connectTimeoutMs } from '../../core/composition/reach.ts';
import type { TemporalTls } from '../../core/composition/temporalTls.ts';

/** What a client of HTTP/2 says first, with empty SETTINGS. A server that refuses our certificate says so only after it. */
const preface = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

/** OpenSSL's codes of an authority that is not trusted. */
const untrusted =
  /^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT)$/;

/** Says of a failed handshake which setting to look at. */
function explained(error: Error & { code?: string; reason?: string }, tls: TemporalTls | null): string {
  const { code = '', message } = error;
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return `the server's certificate is out of date (${code}), by this machine's clock: Temporal needs a new one`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the server's certificate is for another name (${error.reason ?? message}): look at TEMPORAL_ADDRESS, or set TEMPORAL_TLS to the name to verify`;
  }
  if (untrusted.test(code)) {
    return `the server's certificate comes from an authority that is not trusted here (${code}): look at TEMPORAL_TLS_SERVER_CA_CERT_PATH`;
  }
  if (/ALERT/.test(code) || code === 'ECONNRESET') {
    const own = tls?.client && new X509Certificate(tls.client.certificate);
    if (!own) {
      return `it refuses a client without a certificate (${code}): set TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH`;
    }
    const now = Date.now();
    if (Date.parse(own.validTo) < now || Date.parse(own.validFrom) > now) {
      return `our certificate is valid from ${own.validFrom} to ${own.validTo} only: renew that in TEMPORAL_TLS_CLIENT_CERT_PATH`;
    }
    return `it refuses our certificate (${code}): look at TEMPORAL_TLS_CLIENT_CERT_PATH`;
  }
  if (/^(ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)|EPROTO)$/.test(code)) {
    return `it does not speak TLS (${code}): look at TEMPORAL_TLS`;
  }
  return `TLS failed (${code || message}): look at TEMPORAL_TLS`;
}

/**
 * Tries TLS as the clients do, because gRPC does not say why it fails.
 *
 * @throws an error that names the setting to look at
 */
export function handshake(host: string, port: number, tls: TemporalTls | null): Promise<void> {
  const identity = tls?.serverName ?? host;
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      ALPNProtocols: ['h2'],
      // Explicit, because NODE_TLS_REJECT_UNAUTHORIZED=0 would otherwise turn verification off.
      rejectUnauthorized: true,
      // TLS sends names, no addresses: RFC 6066, section 3.
      servername: isIP(identity) === 0 ? identity : '',
      checkServerIdentity: (_name, certificate) => checkServerIdentity(identity, certificate),
      ...(tls?.authority ? { ca: tls.authority } : {}),
      ...(tls?.client ? { cert: tls.client.certificate, key: tls.client.key } : {}),
    });
    socket.setTimeout(connectTimeoutMs, () =>
      socket.destroy(Object.assign(new Error(`no answer within ${connectTimeoutMs / 1_000} s`))),
    );
    const failed = (error: Error) => reject(new Error(explained(error, tls)));
    socket.once('error', failed);
    socket.once('close', () => failed(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' })));
    socket.once('secureConnect', () => socket.write(preface));
    socket.once('data', () => {
      resolve();
      socket.destroy();
    });
  });
}
