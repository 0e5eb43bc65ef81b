import { readFileSync } from 'node:fs';
import { connect, createSecureServer, type Http2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../operate/certificates');
/** The path of a file in PEM format, for settings. */
export const pemPath = (name: string) => join(folder, `${name}.pem`);
const pem = (name: string) => readFileSync(pemPath(name));

export interface TlsOptions {
  /** The server's certificate. @default 'server', for temporal.test and 127.0.0.1 */
  readonly certificate?: 'server' | 'server-expired' | 'server-other';
  /** Whether clients must show a certificate of the authority. @default false */
  readonly asksForCertificate?: boolean;
  /** The only API key that is accepted; any call without is refused, as Temporal Cloud does. */
  readonly apiKey?: string;
}

/** TLS before a real Temporal, as Temporal Cloud has it: it wants a client's certificate, or an API key with each call. */
export async function tlsBefore(
  address: string,
  { certificate = 'server', asksForCertificate = false, apiKey }: TlsOptions,
) {
  const upstream = connect(`http://${address}`);
  upstream.on('error', () => {});
  const sessions = new Set<Http2Session>();
  /** The calls that were passed on, by the operation's name, with who made them. */
  const calls: { readonly operation: string; readonly agent: string; readonly namespace: string }[] = [];

  const server = createSecureServer({
    cert: pem(certificate),
    key: pem('server-key'),
    ca: pem('authority'),
    requestCert: asksForCertificate,
    rejectUnauthorized: asksForCertificate,
  });
  server.on('sessionError', () => {});
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => {});
    session.on('close', () => sessions.delete(session));
  });
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => {});
    if (apiKey !== undefined && headers.authorization !== `Bearer ${apiKey}`) {
      stream.respond(
        {
          ':status': 200,
          'content-type': 'application/grpc',
          'grpc-status': '16',
          'grpc-message': 'Request unauthorized.',
        },
        { endStream: true },
      );
      return;
    }
    calls.push({
      operation: String(headers[':path']).split('/').at(-1) ?? '',
      agent: String(headers['client-name'] ?? ''),
      namespace: String(headers['temporal-namespace'] ?? ''),
    });
    const call = upstream.request({ ...headers, ':authority': address, ':scheme': 'http' });
    call.on('error', () => stream.close());
    call.on('response', (answer) => {
      if (stream.destroyed) return;
      // A refusal is headers alone.
      if (answer['grpc-status'] !== undefined) return stream.respond(answer, { endStream: true });
      stream.respond(answer, { waitForTrailers: true });
      let trailers = {};
      call.on('trailers', (given) => {
        trailers = given;
      });
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      call.pipe(stream);
    });
    stream.on('close', () => call.close());
    stream.pipe(call);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    port,
    calls,
    async close() {
      for (const session of sessions) session.destroy();
      upstream.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
