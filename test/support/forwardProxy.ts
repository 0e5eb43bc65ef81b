import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { ProxyAddress } from '../../core/sender/egress.ts';

/** What the proxy does with a CONNECT: opens the tunnel, answers with a status and headers, never answers, or closes. */
export type ProxyConduct = 'tunnel' | 'silent' | 'close' | { status: number; headers?: Record<string, string> };

/** A real forward proxy, which knows CONNECT alone. */
export interface ForwardProxy {
  readonly address: ProxyAddress;
  /** Every CONNECT, by what it asked for. */
  readonly asked: readonly { readonly authority: string; readonly host: string | undefined }[];
  /** Connections made to it. */
  readonly connections: number;
  conduct: ProxyConduct | ((authority: string) => ProxyConduct);
  /** Ends it; the port stays free for {@link ForwardProxyOptions.port}. */
  close(): Promise<void>;
}

export interface ForwardProxyOptions {
  /** `user:password` that it asks for. */
  readonly credentials?: string;
  /** Speaks TLS with these, in PEM. */
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly port?: number;
  /** Addresses of names that it alone knows. */
  readonly hosts?: Readonly<Record<string, string>>;
}

const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString('base64')}`;

/** @returns a proxy on 127.0.0.1 */
export async function forwardProxy({
  credentials,
  tls,
  port = 0,
  hosts = {},
}: ForwardProxyOptions = {}): Promise<ForwardProxy> {
  const asked: { authority: string; host: string | undefined }[] = [];
  const open = new Set<Socket>();
  let connections = 0;
  const server = tls ? createHttpsServer(tls) : createHttpServer();
  server.on('connection', (socket: Socket) => {
    connections++;
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
  });
  server.on('connect', (request: IncomingMessage, inward: Socket, head: Buffer) => {
    const authority = request.url ?? '';
    asked.push({ authority, host: request.headers.host });
    inward.on('error', () => {});
    const answer = (status: number, headers: Record<string, string> = {}) =>
      inward.end(
        `HTTP/1.1 ${status} ${status}\r\n${Object.entries(headers)
          .map(([name, value]) => `${name}: ${value}\r\n`)
          .join('')}content-length: 0\r\n\r\n`,
      );
    if (credentials !== undefined && request.headers['proxy-authorization'] !== basic(credentials)) {
      answer(407, { 'proxy-authenticate': 'Basic realm="test"' });
      return;
    }
    const conduct = typeof proxy.conduct === 'function' ? proxy.conduct(authority) : proxy.conduct;
    if (conduct === 'silent') return;
    if (conduct === 'close') {
      inward.destroy();
      return;
    }
    if (conduct !== 'tunnel') {
      answer(conduct.status, conduct.headers);
      return;
    }
    const [, host = '', at = ''] = /^\[?([^\]]+)\]?:(\d+)$/.exec(authority) ?? [];
    const outward = connect(Number(at), hosts[host] ?? host, () => {
      inward.write('HTTP/1.1 200 Connection established\r\n\r\n');
      outward.write(head);
      outward.pipe(inward).pipe(outward);
    });
    open.add(outward);
    outward
      .on('error', () => answer(503))
      .on('close', () => {
        open.delete(outward);
        inward.destroy();
      });
    inward.on('close', () => outward.destroy());
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const proxy: ForwardProxy = {
    address: {
      secure: tls !== undefined,
      host: '127.0.0.1',
      port: (server.address() as AddressInfo).port,
      authorization: credentials === undefined ? null : basic(credentials),
    },
    asked,
    get connections() {
      return connections;
    },
    conduct: 'tunnel',
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
