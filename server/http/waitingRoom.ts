import { createServer } from 'node:http';
import type { Config } from '../../core/composition/config.ts';
import { listen } from './listen.ts';
import { pathOf } from './path.ts';
import { requestIdHeader, requestIdOf } from './requestId.ts';

/** Answers on the port of a process that cannot serve yet. */
export interface WaitingRoom {
  /** @returns the port */
  listen(config: Pick<Config, 'host' | 'port'>): Promise<number>;
  /** The part that `/readyz` names. */
  waitsFor(part: 'postgresql' | 'migrations'): void;
  /** Frees the port. */
  close(): Promise<void>;
}

const retryAfterSeconds = '5';

/** So a probe of life does not end a process that waits for a long migration, and no traffic is sent to it. */
export function createWaitingRoom(): WaitingRoom {
  let part = 'postgresql';
  const server = createServer((request, response) => {
    request.resume();
    // An installation may live below a path.
    const lives = pathOf(request.url ?? '/').endsWith('/healthz');
    const missing = { status: 'unavailable', [part]: part === 'migrations' ? 'missing' : 'unreachable' };
    response.writeHead(lives ? 200 : 503, {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      connection: 'close',
      [requestIdHeader]: requestIdOf(request),
      ...(lives ? {} : { 'retry-after': retryAfterSeconds }),
    });
    response.end(JSON.stringify(lives ? { status: 'ok' } : missing));
  });
  server.requestTimeout = 5_000;
  server.maxConnections = 100;
  server.on('clientError', (_error, socket) => socket.destroy());
  return {
    listen: async ({ host, port }) => (await listen(server, port, host)).port,
    waitsFor(waited) {
      part = waited;
    },
    async close() {
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
