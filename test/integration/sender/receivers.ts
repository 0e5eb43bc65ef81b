import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

const certificates = join(import.meta.dirname, 'certificates');
const pem = (name: string) => readFileSync(join(certificates, `${name}.pem`), 'utf8');

/** Signed `trusted.pem` (for receiver.test and 127.0.0.1, 100 years) and `expired.pem` (2020), and nothing else. */
export const authority = pem('authority');

/** A certificate for localhost alone, which it signed itself. */
export const localhostCertificate = pem('localhost');

/** A key with a certificate that {@link authority} signed, for receiver.test and 127.0.0.1. */
export const trustedTls = { key: pem('key'), cert: pem('trusted') };

export interface RunningReceiver {
  readonly port: number;
  /** Sockets that were accepted, in order. */
  readonly sockets: readonly Socket[];
  close(): Promise<void>;
}

async function listen(server: Server, host: string): Promise<RunningReceiver> {
  const sockets: Socket[] = [];
  server.on('connection', (socket: Socket) => sockets.push(socket.on('error', () => {})));
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * A receiver of raw bytes: `answer` gets the socket once the whole request, of any length, has come.
 *
 * @param accept - takes each connection in place of reading requests from it
 */
export function tcpReceiver(
  answer: (socket: Socket, request: string) => void,
  host = '127.0.0.1',
  accept?: (socket: Socket) => void,
) {
  const server = createTcpServer((socket) => {
    if (accept) return accept(socket);
    let seen = '';
    socket.setEncoding('latin1').on('data', (data) => {
      seen += data;
      const head = seen.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(seen)?.[1] ?? 0);
      if (head < 0 || seen.length < head + 4 + length) return;
      const request = seen.slice(0, head + 4 + length);
      seen = seen.slice(request.length);
      answer(socket, request);
    });
  });
  return listen(server, host);
}

export const httpReceiver = (answer: RequestListener, host = '127.0.0.1') => listen(createHttpServer(answer), host);

export const tlsReceiver = (certificate: 'trusted' | 'expired' | 'localhost', answer: RequestListener) =>
  listen(createHttpsServer({ key: pem('key'), cert: pem(certificate) }, answer), '127.0.0.1');

/** A promise to be resolved from outside. */
export function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
