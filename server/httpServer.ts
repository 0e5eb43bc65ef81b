import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { AnswerBudgets } from '../core/answers/budgets.ts';
import type { AnswerLimits } from '../core/answers/limits.ts';
import type { Config } from '../core/composition/config.ts';
import type { LogLevelControl } from '../core/composition/logLevel.ts';
import { createMetrics, type Metrics } from '../core/composition/metrics.ts';
import { Entrance } from '../core/fairness/entrance.ts';
import { ApiError } from '../core/ground/errors.ts';
import { version } from '../core/ground/version.ts';
import { shownIssues } from '../core/issues/shownIssues.ts';
import type { PrismaClient } from '../core/store/prisma/client.ts';
import type { Services } from '../schema/services.ts';
import { authenticated } from './http/authenticated.ts';
import { basePathOf, takeOffBase } from './http/basePath.ts';
import { Bodies } from './http/body.ts';
import { ConnectionLimits, type SocketCapacity } from './http/connectionLimits.ts';
import { allowCrossOrigin } from './http/crossOrigin.ts';
import { createDashboard } from './http/dashboard.ts';
import { createGraphQLEngine } from './http/graphql.ts';
import { createInboundHandler, inboundPath } from './http/inbound.ts';
import { createIssueStreams, issueStreamPath } from './http/issueStream.ts';
import { type Listening, listen } from './http/listen.ts';
import { createLogLevelHandler, logLevelPath } from './http/logLevel.ts';
import { LongRequests } from './http/longRequests.ts';
import { createOriginOf } from './http/origin.ts';
import { excludedBy, pathOf } from './http/path.ts';
import { PersistedDocuments } from './http/persistedDocuments.ts';
import { createPortalImages, portalImagesPath } from './http/portalImages.ts';
import { createPresenter } from './http/present.ts';
import { createProbes } from './http/probes.ts';
import { createRateLimits } from './http/rateLimit.ts';
import { refuseUnread } from './http/refuseUnread.ts';
import { replyError, replyJson } from './http/reply.ts';
import { endUpgrade, requestIdHeader, requestIdOf } from './http/requestId.ts';
import { createRequestRecord, recordEnd } from './http/requestRecord.ts';
import { RequestTraces } from './http/requestTraces.ts';
import { createSessionHandler, sessionPath } from './http/session.ts';
import { createSessionCookies } from './http/sessionCookie.ts';
import { callbackPath, createSignInHandler, startPath } from './http/signIn.ts';
import type { GraphQLTransportParts } from './http/transportParts.ts';
import { trustedDocuments } from './http/trustedDocuments.ts';
import type { CallPlugin } from './http/yoga/call.ts';
import { createGraphiQLFiles } from './http/yoga/graphiql.ts';
import { createGraphQLHandler } from './http/yoga/graphqlOverHttp.ts';
import { createGraphQLSockets } from './http/yoga/graphqlOverWebSocket.ts';
import { createYogaServer } from './http/yoga/yoga.ts';
import { createRestHandler, restPath } from './rest/handler.ts';

/** The answer at `/` for clients other than browsers, which get the dashboard. */
const entryPoints = {
  service: 'Everhook',
  version,
  graphql: '/graphql',
  rest: '/v1/openapi.json',
  dashboard: '/ (in a browser)',
  health: '/healthz',
  readiness: '/readyz',
  metrics: '/metrics',
};

/** How long requests may go on after the server began to close, in milliseconds. */
const drainMs = 10_000;

export interface HttpServerParts {
  readonly services: Services;
  readonly config: Pick<Config, 'host' | 'port' | 'limits' | 'trustedProxies'> &
    Partial<Pick<Config, 'graphql' | 'apiMetricsPort' | 'publicUrl'>>;
  readonly log: Logger;
  /** The metrics at `/metrics`. @default those of this server alone */
  readonly metrics?: Metrics;
  /** What the operator changes at `/log-level`. Absent: it is not served. */
  readonly logLevel?: LogLevelControl;
  /** Whether traces are recorded. @default false */
  readonly traced?: boolean;
  /** How much memory answers may hold, if not the default. */
  readonly answers?: Partial<AnswerLimits>;
  /** How many connections may be open, if not the default. */
  readonly capacity?: Partial<ConnectionCapacity>;
  /** How often quiet streams and sockets get a sign of life, in milliseconds. @default 15,000 */
  readonly heartbeatMs?: number;
  /** Yoga plugins, if not the default ones. */
  readonly plugins?: readonly CallPlugin[];
}

export interface ConnectionCapacity extends SocketCapacity {
  readonly streams: number;
  /** Bytes of unfinished bodies. */
  readonly bodyBytes: number;
}

export interface HttpServer {
  readonly budgets: AnswerBudgets;
  readonly server: Server;
  listen(): Promise<Listening>;
  /** Readiness says that it ends, but it still serves for as long: balancers send their requests elsewhere meanwhile. */
  turnAway(delayMs: number): Promise<void>;
  /** Takes no more requests, finishes running ones, ends sockets with 1001. */
  close(): Promise<void>;
}

/** Serves everything on one port. */
export function createHttpServer(parts: HttpServerParts): HttpServer {
  const { services, config, log } = parts;
  const metrics = parts.metrics ?? createMetrics();
  const traces = parts.traced ? new RequestTraces() : null;
  const record = createRequestRecord(log, metrics, traces);
  const presenter = createPresenter(log, metrics.failed, (requestId) => traces?.fieldsOf(requestId) ?? {});
  const base = basePathOf(config.publicUrl ?? null);
  const entrance = new Entrance();
  const transport: GraphQLTransportParts = {
    services,
    presenter,
    engine: createGraphQLEngine(presenter),
    limits: createRateLimits(config.limits.ratePerSecond),
    maxBodyBytes: config.limits.bodyBytes,
    entrance,
    bodies: new Bodies(entrance, config.limits.bodyBytes, parts.capacity?.bodyBytes),
    longRequests: new LongRequests(),
    originOf: createOriginOf(config.trustedProxies),
    cookies: createSessionCookies(base),
    publicOrigin: config.publicUrl == null ? null : new URL(config.publicUrl).origin,
    budgets: new AnswerBudgets(parts.answers),
    documents: new PersistedDocuments(trustedDocuments(config.graphql)),
    graphiql: config.graphql?.graphiql ?? false,
    connections: new ConnectionLimits(parts.capacity),
    heartbeatMs: parts.heartbeatMs ?? 15_000,
    streams: new Set(),
    record,
    traces,
  };
  const yogaServer = createYogaServer(transport, parts.plugins);
  const graphql = createGraphQLHandler(transport, yogaServer);
  const rest = createRestHandler(transport, base);
  const sockets = createGraphQLSockets(transport, yogaServer);
  const dashboard = createDashboard(base);
  const portalImages = createPortalImages(
    (id) => services.portalThemes.image(id),
    transport.limits,
    transport.originOf,
    presenter,
  );
  const graphiqlFiles = transport.graphiql ? createGraphiQLFiles() : () => false;
  const inbound = createInboundHandler(services.inbound, transport.limits, presenter, transport.originOf);
  const authenticate = (request: IncomingMessage, response: ServerResponse) =>
    authenticated(transport, request, response);
  const publicUrl = config.publicUrl ?? null;
  const session = createSessionHandler(transport, publicUrl);
  const signIn =
    services.signIn && publicUrl !== null ? createSignInHandler(transport, services.signIn, publicUrl) : null;
  const logLevel =
    parts.logLevel &&
    createLogLevelHandler({
      control: parts.logLevel,
      authenticate,
      read: (request, tenant) => transport.bodies.read(request, tenant),
      presenter,
    });
  const issueStreams = createIssueStreams({
    authenticate,
    again: (credential) => services.authenticate(credential),
    named: (principal, externalId) => services.references.find(principal, 'project', externalId, 'projectId'),
    ofProject: (principal, projectId) => services.organizations.ofProject(principal, projectId),
    feed: services.issueFeed,
    issues: (projectId, ids) => shownIssues(services.prisma as PrismaClient, projectId, ids),
    presenter,
    limits: transport.limits,
    budgets: transport.budgets,
    maxStreams: parts.capacity?.streams,
  });
  // Once they have a port of their own, this one shows them no more: it may lead to the internet.
  const showsMetrics = (config.apiMetricsPort ?? null) === null;
  const probes = createProbes(services.readiness, metrics.registry, log, services.egress);
  metrics.gaugeOfStates(
    'everhook_live_subscribers',
    'Live readers of this process: sockets and event streams that are open (connections), the subscriptions over them, and streams of issues.',
    () => ({ ...transport.connections.open, issue_streams: issueStreams.count() }),
  );
  let ending = false;

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '/' } = request;
    const path = pathOf(url);
    recordEnd(request, response, path, record, traces);
    if (path === '/graphql') return allowCrossOrigin(request, response) ? undefined : graphql(request, response);
    if (path.startsWith(restPath)) return rest(request, response);
    if (path.startsWith(inboundPath)) return inbound(request, response, path);
    if (path === issueStreamPath) return issueStreams.serve(request, response);
    if (path === sessionPath) return session(request, response);
    if (signIn && (path === startPath || path.startsWith(callbackPath))) return signIn(request, response, path);
    if (path === logLevelPath && logLevel) return logLevel(request, response);
    const reading = request.method === 'GET' || request.method === 'HEAD';
    if (reading && path === '/healthz') return probes.health(response);
    if (reading && path === '/readyz') return probes.readiness(response, excludedBy(url));
    if (reading && path === '/metrics' && showsMetrics) return probes.metrics(response);
    if (reading && graphiqlFiles(request, response, path)) return;
    if (reading && path.startsWith(portalImagesPath)) return portalImages(request, response, path);
    if (reading && dashboard(request, response, path)) return;
    if (reading && path === '/') return replyJson(response, 200, entryPoints);
    replyError(response, new ApiError('NOT_FOUND', 'Nothing is served here. GraphQL is at /graphql.'));
  }

  const server = createServer(
    {
      // Slow senders hold a connection no longer than this. By default Node checks only every 30 s.
      requestTimeout: 30_000,
      headersTimeout: 14_000,
      connectionsCheckingInterval: 1_000,
      // Longer than the 60 s after which common balancers drop an idle connection, so that the balancer closes
      // first.
      keepAliveTimeout: 65_000,
      maxHeaderSize: 16 * 1024,
    },
    (request, response) => {
      takeOffBase(request, base);
      const requestId = requestIdOf(request);
      // Set before anything is answered: no answer can lack it.
      response.setHeader(requestIdHeader, requestId);
      // The client connects anew, elsewhere.
      if (ending) response.shouldKeepAlive = false;
      route(request, response).catch((error: unknown) => {
        presenter.error(error, requestId);
        response.destroy();
      });
    },
  );
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    takeOffBase(request, base);
    if (pathOf(request.url ?? '/') === '/graphql' && request.method === 'GET') sockets.upgrade(request, socket, head);
    else endUpgrade(socket, request, '404 Not Found');
  });
  server.on('clientError', refuseUnread);

  return {
    server,
    budgets: transport.budgets,

    listen: () => listen(server, config.port, config.host),

    async turnAway(delayMs) {
      probes.end();
      ending = true;
      await sleep(delayMs);
    },

    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const drainTimeout = setTimeout(() => server.closeAllConnections(), drainMs);
      // A connection that was still answering becomes idle only later.
      const dropping = setInterval(() => server.closeIdleConnections(), 50);
      issueStreams.close();
      for (const stream of transport.streams) stream.breakOff();
      await sockets.close();
      await closed;
      clearInterval(dropping);
      clearTimeout(drainTimeout);
    },
  };
}
