import { createServer } from 'node:http';
import type { Logger } from 'pino';
import { ApiError } from '../../core/ground/errors.ts';
import { listen } from './listen.ts';
import { excludedBy, pathOf } from './path.ts';
import { createProbes, type MetricsText } from './probes.ts';
import { replyError } from './reply.ts';
import { requestIdHeader, requestIdOf } from './requestId.ts';

/** Serves a process's metrics and its probes. */
export interface MetricsServer {
  /** Null if it does not listen. */
  readonly url: string | null;
  close(): Promise<void>;
}

/**
 * Serves `/metrics`, `/healthz` and `/readyz` on a port of their own, if one is configured.
 *
 * @param parts - what the process needs to be ready, as {@link createProbes} takes it
 */
export async function serveMetrics(
  metrics: MetricsText,
  parts: Readonly<Record<string, () => Promise<unknown>>>,
  { host, port }: { readonly host: string; readonly port: number | null },
  log: Logger,
): Promise<MetricsServer> {
  if (port === null) return { url: null, close: async () => {} };
  const probes = createProbes(parts, metrics, log);
  const server = createServer((request, response) => {
    response.setHeader(requestIdHeader, requestIdOf(request));
    const { url = '/' } = request;
    const path = request.method === 'GET' ? pathOf(url) : '';
    if (path === '/healthz') return probes.health(response);
    const answered =
      path === '/readyz'
        ? probes.readiness(response, excludedBy(url))
        : path === '/metrics'
          ? probes.metrics(response)
          : null;
    if (answered === null) {
      return replyError(response, new ApiError('NOT_FOUND', 'Only /metrics, /healthz and /readyz are served here.'));
    }
    answered.catch((error: unknown) => {
      log.error({ err: error, path }, 'no answer could be given');
      response.destroy();
    });
  });
  const { url } = await listen(server, port, host);
  // A member named url would be redacted.
  log.info({ listening: url }, 'metrics are shown');
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
