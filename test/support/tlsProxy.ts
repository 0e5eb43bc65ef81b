import { readFileSync } from 'node:fs';
import { type IncomingHttpHeaders, type IncomingMessage, request as send } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';

const certificates = join(import.meta.dirname, '..', 'integration', 'sender', 'certificates');
const pem = (name: string) => readFileSync(join(certificates, `${name}.pem`));

/** How a proxy tells the server behind it what it was asked: as it was, not at all, falsely, or with a `Host` of its own. */
export type Telling = 'right' | 'nothing' | 'false' | 'own host';

/** A proxy that ends TLS. Its certificate is nobody's whom a browser knows. */
export interface TlsProxy {
  readonly port: number;
  /** The server behind it. */
  target: string;
  telling: Telling;
  /** Pages that it shows itself, by host. */
  readonly pages: Map<string, string>;
  close(): Promise<void>;
}

export async function tlsProxy(): Promise<TlsProxy> {
  const open = new Set<Socket>();
  const outwards = (incoming: IncomingMessage) => {
    const { hostname, port, host } = new URL(proxy.target);
    return send({ hostname, port, method: incoming.method, path: incoming.url, headers: told(incoming.headers, host) });
  };
  const told = (headers: IncomingHttpHeaders, behind: string): IncomingHttpHeaders => {
    switch (proxy.telling) {
      case 'right':
        return { ...headers, 'x-forwarded-proto': 'https', 'x-forwarded-host': headers.host };
      case 'false':
        return {
          ...headers,
          'x-forwarded-proto': 'http',
          'x-forwarded-host': 'evil.example',
          forwarded: 'proto=http;host=evil.example',
        };
      case 'own host':
        return { ...headers, host: behind };
      case 'nothing':
        return headers;
    }
  };
  const server = createServer({ key: pem('key'), cert: pem('trusted') }, (request, response) => {
    const page = proxy.pages.get(request.headers.host?.split(':')[0] ?? '');
    if (page !== undefined) return void response.setHeader('content-type', 'text/html').end(page);
    const outward = outwards(request);
    outward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outward.on('error', () => response.destroy());
    response.on('close', () => outward.destroy());
    request.pipe(outward);
  });
  server.on('upgrade', (request: IncomingMessage, inward: Socket) => {
    const outward = outwards(request);
    const refuse = () => inward.destroy();
    outward.on('error', refuse).on('response', refuse);
    outward.on('upgrade', (answer, behind) => {
      const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}`);
      inward.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
      behind.on('error', refuse).on('close', refuse);
      inward.on('close', () => behind.destroy());
      behind.pipe(inward).pipe(behind);
    });
    outward.end();
  });
  for (const event of ['connection', 'secureConnection'] as const) {
    server.on(event, (socket: Socket) => {
      open.add(socket.on('error', () => {}));
      socket.on('close', () => open.delete(socket));
    });
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: TlsProxy = {
    port: (server.address() as AddressInfo).port,
    target: '',
    telling: 'right',
    pages: new Map(),
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
