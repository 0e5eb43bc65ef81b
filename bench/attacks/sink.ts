import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * An attacker's receiver: answers 200 at once, except on `/silent`, where it never answers. As a GitHub it has no rate
 * limits.
 */
export interface Sink {
  readonly url: string;
  close(): void;
}

export async function startSink(): Promise<Sink> {
  const server = createServer((request, response) => {
    request.resume();
    if (request.url === '/rate_limit') response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
    else if (request.url !== '/silent') response.end();
  });
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
