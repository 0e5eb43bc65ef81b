import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../../core/access/principal.ts';
import { tenantOf } from '../../core/access/tenant.ts';
import { checkActionKey } from '../../core/actions/actionKey.ts';
import {
  type AnswerBudget,
  type AnswerBudgets,
  type AnswerHolder,
  answerHolderOf,
} from '../../core/answers/budgets.ts';
import { type ConcurrencyLimits, ConcurrencyQuota } from '../../core/fairness/concurrencyQuota.ts';
import { ApiError, invalid } from '../../core/ground/errors.ts';
import { readJsonWithTexts } from '../../core/json/body.ts';
import type { Services } from '../../schema/services.ts';
import { authenticated } from '../http/authenticated.ts';
import type { Bodies } from '../http/body.ts';
import { isJsonOrPatch, requireJson } from '../http/contentType.ts';
import type { OriginOf } from '../http/origin.ts';
import type { Presenter } from '../http/present.ts';
import type { RateLimits } from '../http/rateLimit.ts';
import { HttpRefusal } from '../http/refusal.ts';
import { refusalHeaders, reply } from '../http/reply.ts';
import { requestIdOf } from '../http/requestId.ts';
import { notesOf } from '../http/requestNotes.ts';
import { traceOf } from '../http/requestTraces.ts';
import type { SessionCookies } from '../http/sessionCookie.ts';
import { CatalogueDocuments, isCatalogueDocument } from './catalogueDocuments.ts';
import { openApi } from './openApi.ts';
import { problemOf, taskFieldOf } from './problem.ts';
import { idOf } from './references.ts';
import { createRoutes, findRoute, type RestHandler, type Route, type RoutedAnswer } from './routes.ts';

type Answer = RoutedAnswer & { readonly text?: string };

/** Begins to count what an answer takes. @throws ApiError RATE_LIMITED for a principal that leaves too much unread */
type Begin = (principal: Principal) => AnswerBudget;

export interface RestParts {
  readonly services: Services;
  readonly presenter: Presenter;
  readonly limits: RateLimits;
  readonly originOf: OriginOf;
  readonly cookies: SessionCookies;
  readonly publicOrigin: string | null;
  readonly budgets: AnswerBudgets;
  readonly bodies: Bodies;
}

/**
 * A list of events, by its length in bytes, waits as bytes while so many of its organization are under way: that is two commits'. With
 * 64 lists read at once, their objects outlive the collections of new space, and each of those copies them.
 */
const longBytes = 4_096;
const publishingLimits: ConcurrencyLimits = {
  maxRunning: Number.POSITIVE_INFINITY,
  maxRunningEach: 12,
  maxWaitingEach: 2_000,
  maxWaiting: 8_000,
  maxWaitMs: 30_000,
};

/** REST is served below this path. */
export const restPath = '/v1/';

/**
 * REST over HTTP: routes, credentials, bodies and problems. The routes' handlers do the work.
 *
 * @param base - the path below which the installation is reached; empty for none
 */
export function createRestHandler(parts: RestParts, base = '') {
  // Anybody may ask for it, so it is serialized once.
  const description = JSON.stringify({ ...openApi, servers: [{ url: base === '' ? '/' : base }] });
  /** Handlers by their principal's services: a principal reads in its own name. */
  const known = new WeakMap<Services, readonly Route[]>();
  const publishing = new ConcurrencyQuota(publishingLimits);
  const documents = new CatalogueDocuments();
  const routesOf = (services: Services): readonly Route[] => {
    let routes = known.get(services);
    if (!routes) {
      routes = createRoutes(services, base);
      known.set(services, routes);
    }
    return routes;
  };

  /** A project's catalogue belongs to a tenant: only a credential that may see the project gets it. */
  async function documentOf(
    request: IncomingMessage,
    response: ServerResponse,
    path: Parameters<typeof documents.get>[0],
    query: URLSearchParams,
    begin: Begin,
  ): Promise<Answer> {
    const { principal } = await authenticated(parts, request, response);
    const about = notesOf(request);
    about.principal = principal;
    about.operation = `GET ${restPath}${path}`;
    await parts.limits.operation(principal);
    const text = await documents.get(path, parts.services.for(principal), principal, query, begin(principal));
    return { status: 200, text };
  }

  async function answerTo(request: IncomingMessage, response: ServerResponse, begin: Begin): Promise<Answer> {
    const url = new URL(request.url ?? '/', 'http://host');
    const path = url.pathname.slice(restPath.length);
    if (isCatalogueDocument(path)) {
      allow(request, ['GET']);
      if (path === 'openapi.json' && !url.searchParams.has('projectId')) return { status: 200, text: description };
      return documentOf(request, response, path, url.searchParams, begin);
    }
    const found = findRoute(routesOf(parts.services), path);
    if (!found) throw new ApiError('NOT_FOUND', `Nothing is served here. ${base}/v1/openapi.json describes what is.`);
    allow(request, Object.keys(found.route.methods));
    const { principal } = await authenticated(parts, request, response);
    const about = notesOf(request);
    about.principal = principal;
    about.operation = `${request.method} ${restPath}${found.route.segments.join('/')}`;
    await parts.limits.operation(principal);
    const answer = async (text: () => Promise<string>): Promise<Answer> => {
      const body = await bodyOf(request, text);
      const services = parts.services.for(principal);
      const id = found.id === '' ? '' : await idOf(services, principal, 'webhook', decoded(found.id), 'id');
      const { route } = findRoute(routesOf(services), path) ?? found;
      const handler = allow(request, Object.keys(route.methods), route.methods) as RestHandler;
      const idempotencyKey = request.method === 'POST' ? idempotencyKeyOf(request) : null;
      return handler({
        principal,
        id,
        query: url.searchParams,
        idempotencyKey,
        trace: traceOf(request),
        body,
        answer: begin(principal),
      });
    };
    const tenant = tenantOf(principal);
    const publishes = found.route.segments[0] === 'events';
    return parts.bodies.received(request, tenant, (length, text) =>
      publishes && length > longBytes ? publishing.run(tenant, () => answer(text)) : answer(text),
    );
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { budgets } = parts;
    let begun: { readonly holder: AnswerHolder; readonly budget: AnswerBudget } | undefined;
    const begin = (principal: Principal): AnswerBudget => {
      const holder = answerHolderOf(principal);
      begun = { holder, budget: budgets.operation(holder) };
      return begun.budget;
    };
    try {
      const { status, body, headers, ...rest } = await answerTo(request, response, begin);
      const text = rest.text ?? (body === undefined ? '' : JSON.stringify(body));
      const reads = request.method === 'GET' || request.method === 'HEAD';
      await begun?.budget.complete(Buffer.byteLength(text), reads ? 'query' : 'mutation');
      const account = begun && { budgets, holder: begun.holder };
      reply(response, status, 'application/json', text, headers, account);
    } catch (error) {
      refuse(request, response, error);
    } finally {
      begun?.budget.end();
    }
  };

  function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const own = error instanceof HttpRefusal ? error : undefined;
    const shown = parts.presenter.error(own?.reason ?? error, requestIdOf(request));
    const problem = problemOf(shown, fieldOfIn(request), own?.status);
    const { code, retryAfter } = { ...shown.extensions } as { code?: string; retryAfter?: number };
    const headers = {
      ...own?.headers,
      // After a body that was not read to its end, the connection cannot carry another request.
      ...(request.complete ? {} : { connection: 'close' }),
      ...refusalHeaders(code, retryAfter),
    };
    reply(response, problem.status, 'application/problem+json', JSON.stringify(problem), headers);
  }
}

/** The task API names its arguments in its own way; events have the names of GraphQL. */
const fieldOfIn = ({ url = '' }: IncomingMessage) =>
  url.startsWith(`${restPath}webhooks`) ? taskFieldOf : (path: string) => path;

/** A part of a path. What is not encoded well is taken as it stands, and names nothing. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The handler of the request's method. HEAD is GET; HTTP leaves out the body by itself. */
function allow<Handler>(
  request: IncomingMessage,
  methods: readonly string[],
  handlers: Readonly<Record<string, Handler>> = {},
): Handler | undefined {
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '');
  if (!methods.includes(method)) {
    const allowed = methods.flatMap((each) => (each === 'GET' ? ['GET', 'HEAD'] : [each])).join(', ');
    throw new HttpRefusal(405, invalid('method', `This is served by ${allowed}.`), { allow: allowed });
  }
  return handlers[method];
}

/** Undefined for an empty body, which needs no content type. */
async function bodyOf(request: IncomingMessage, read: () => Promise<string>): Promise<unknown> {
  const text = await read();
  if (text === '') return undefined;
  requireJson(request, isJsonOrPatch);
  return readJsonWithTexts(text);
}

/** @throws ApiError VALIDATION_FAILED for a header that is empty, too long or sent twice */
function idempotencyKeyOf({ headersDistinct }: IncomingMessage): string | null {
  const [key, ...others] = headersDistinct['idempotency-key'] ?? [];
  if (others.length > 0) throw invalid('Idempotency-Key', 'Send the header "Idempotency-Key" once.');
  return checkActionKey(key, 'Idempotency-Key');
}
