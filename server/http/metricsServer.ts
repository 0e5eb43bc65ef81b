import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { ApiError } from '../../core/ground/errors.ts';
import { createProbes, type MetricsText } from './probes.ts';
import { replyError } from './reply.ts';
import { requestIdHeader, requestIdOf } from './requestId.ts';

/** Serves a process's metrics and its health. */
export interface MetricsServer {
  /** Null if it does not listen. */
  readonly url: string | null;
  close(): Promise<void>;
}

/** Serves `/metrics` and `/healthz` for a process that serves nothing else, if a port is configured. */
export async function serveMetrics(
  metrics: MetricsText,
  { host, workerMetricsPort: port }: { readonly host: string; readonly workerMetricsPort: number | null },
  log: Logger,
): Promise<MetricsServer> {
  if (port === null) return { url: null, close: async () => {} };
  const probes = createProbes({}, metrics, log);
  const server = createServer((request, response) => {
    response.setHeader(requestIdHeader, requestIdOf(request));
    if (request.method === 'GET' && request.url === '/healthz') return probes.health(response);
    if (request.method === 'GET' && request.url === '/metrics') {
      probes.metrics(response).catch((error: unknown) => {
        log.error({ err: error }, 'metrics could not be shown');
        response.destroy();
      });
      return;
    }
    replyError(response, new ApiError('NOT_FOUND', 'A worker serves /metrics and /healthz alone.'));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { address, port: actual, family } = server.address() as AddressInfo;
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`;
  log.info({ url }, 'metrics are shown');
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
