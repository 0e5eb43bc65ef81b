import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { tenantOf } from '../../core/access/tenant.ts';
import type { Metrics } from '../../core/composition/metrics.ts';
import { inboundPath } from './inbound.ts';
import { issueStreamPath } from './issueStream.ts';
import { requestIdOf } from './requestId.ts';
import { notesOf, type RequestNotes } from './requestNotes.ts';
import { type RequestTraces, traceFields, traceOf } from './requestTraces.ts';

/** A request, or one operation of a WebSocket, that has ended. */
export interface RequestEnd extends RequestNotes {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly requestId: string;
  readonly ms: number;
  /** Whether it lasted as long as its reader liked. */
  readonly isStream: boolean;
}

export type RecordRequest = (ended: RequestEnd) => void;

const routes: readonly (readonly [prefix: string, route: string])[] = [
  ['/v1/', 'rest'],
  [inboundPath, 'inbound'],
  [issueStreamPath, 'issue-stream'],
  ['/session', 'session'],
  ['/healthz', 'probe'],
  ['/readyz', 'probe'],
  ['/metrics', 'probe'],
  ['/log-level', 'log-level'],
];

/** One of a few names: a path may hold a credential, and there is no end of paths. */
function routeOf(path: string, status: number): string {
  if (path === '/graphql') return 'graphql';
  for (const [prefix, route] of routes) if (path.startsWith(prefix)) return route;
  return status === 404 ? 'none' : 'dashboard';
}

/**
 * Counts what has ended; at the level debug, each is a line of the log.
 *
 * @param traces - forgets it then. Null where traces are not recorded; otherwise the lines say where they stand in one: at the
 *   request's own span, or else at its caller's
 */
export function createRequestRecord(
  log: Logger,
  metrics: Pick<Metrics, 'requested'>,
  traces: RequestTraces | null,
): RecordRequest {
  return ({ method, route, operation, status, requestId, principal, tenant, ms, isStream, trace }) => {
    metrics.requested(route, status, isStream ? null : ms);
    if (traces !== null) traces.forget(requestId, trace);
    if (!log.isLevelEnabled('debug')) return;
    const of = principal ? tenantOf(principal) : tenant;
    const line = { method, route, operation, ms: Math.round(ms * 10) / 10, status, requestId, tenant: of };
    log.debug(traces !== null ? { ...line, ...traceFields(trace) } : line, 'request');
  };
}

/**
 * Records a request when its answer has ended, or its connection.
 *
 * @param traces - remembers it until then
 */
export function recordEnd(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  record: RecordRequest,
  traces: RequestTraces | null,
): void {
  const beganAt = performance.now();
  if (traces !== null) traces.remember(requestIdOf(request), traceOf(request));
  response.once('close', () => {
    const isStream = String(response.getHeader('content-type') ?? '').startsWith('text/event-stream');
    record({
      ...notesOf(request),
      method: request.method ?? '',
      // Clients that leave before they are answered have no status.
      status: response.headersSent ? response.statusCode : 499,
      route: routeOf(path, response.statusCode),
      requestId: requestIdOf(request),
      ms: performance.now() - beganAt,
      isStream,
    });
  });
}
