import type { IncomingMessage, ServerResponse } from 'node:http';
import { createContext } from '../../schema/context.ts';
import type { Services } from '../../schema/services.ts';
import type { Origin, Principal } from '../access/principal.ts';
import { tenantOf } from '../access/tenant.ts';
import { type AnswerBudgets, holderOf } from '../answers/budgets.ts';
import { ApiError, invalid } from '../errors.ts';
import { negotiate, type ResponseType } from './accept.ts';
import type { Bodies } from './body.ts';
import { isJson } from './contentType.ts';
import type { GraphQLEngine } from './graphql.ts';
import { readJsonBody } from './jsonText.ts';
import { clientOf, type OriginOf } from './origin.ts';
import type { Presenter } from './present.ts';
import type { RateLimits } from './rateLimit.ts';
import { replyError, replyJson } from './reply.ts';
import { type GraphQLParams, parseParams } from './requestParser.ts';

export interface GraphQLTransportParts {
  readonly services: Services;
  readonly engine: GraphQLEngine;
  readonly presenter: Presenter;
  readonly limits: RateLimits;
  /** Longest request, in bytes. */
  readonly mostBytes: number;
  readonly originOf: OriginOf;
  readonly budgets: AnswerBudgets;
  readonly bodies: Bodies;
}

/** GraphQL over HTTP, as its specification says: POST, JSON, and statuses by what went wrong before anything ran. */
export function createGraphQLHandler(parts: GraphQLTransportParts) {
  const { services, engine, presenter, limits, originOf, budgets, bodies } = parts;

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const type = negotiate(request.headers.accept);
    try {
      checkHeaders(request, type);
      const { authorization } = request.headers;
      const principal = await authenticated(parts, authorization, originOf(request));
      await limits.operation(principal);
      const { value, problem } = readJsonBody(await bodies.read(request, tenantOf(principal)));
      if (problem) throw problem;
      const params = parseParams(value);
      const prepared = await preparedFor(parts, principal, params);
      if ('refused' in prepared) {
        replyJson(response, type === 'application/json' ? 200 : 400, prepared.refused, {}, type as ResponseType);
        return;
      }
      if (prepared.operation.operation === 'subscription') {
        throw invalid('query', 'Subscriptions are served over WebSocket, with the protocol graphql-transport-ws.');
      }
      const holder = holderOf(principal);
      const context = createContext(services, principal, authorization, budgets.operation(holder));
      const result = await engine.execute(prepared, context);
      // Without data nothing ran: a variable was at fault.
      const status = result.data === undefined && type !== 'application/json' ? 400 : 200;
      replyJson(response, status, result, {}, type as ResponseType, { budgets, holder });
    } catch (error) {
      refuse(request, response, error, type);
    }
  };

  function refuse(request: IncomingMessage, response: ServerResponse, error: unknown, type: ResponseType | null): void {
    const options = type === null ? {} : { type };
    // A body that was not read to its end cannot be followed by another request.
    const headers: Record<string, string> = request.complete ? {} : { connection: 'close' };
    if (error instanceof HttpRefusal) {
      replyError(response, error.reason, {
        ...options,
        status: error.status,
        headers: { ...headers, ...error.headers },
      });
    } else if (error instanceof ApiError) replyError(response, error, { ...options, headers });
    else {
      const shown = presenter.error(error);
      const away = shown.extensions?.code === 'UNAVAILABLE';
      if (away) headers['retry-after'] = String(shown.extensions?.retryAfter);
      replyJson(response, away ? 503 : 500, { errors: [shown] }, headers, type ?? 'application/json');
    }
  }
}

/** @throws ApiError UNAUTHENTICATED, or RATE_LIMITED once that has happened too often */
export async function authenticated(
  { services, limits }: Pick<GraphQLTransportParts, 'services' | 'limits'>,
  authorization: string | undefined,
  origin: Origin,
): Promise<Principal> {
  const address = clientOf(origin);
  await limits.look(address, () => services.knows(authorization));
  try {
    return await services.authenticate(authorization, origin);
  } catch (error) {
    if (error instanceof ApiError && error.code === 'UNAUTHENTICATED') await limits.failure(address);
    throw error;
  }
}

/** Parses and validates what a principal sends; what takes the thread for long counts for more, and waits for its turn. */
export async function preparedFor(
  { engine, limits }: Pick<GraphQLTransportParts, 'engine' | 'limits'>,
  principal: Principal,
  params: GraphQLParams,
): Promise<ReturnType<GraphQLEngine['prepare']>> {
  const tenant = tenantOf(principal);
  if (!engine.isLong(params)) return engine.prepare(params, tenant);
  await limits.document(principal, params.query.length);
  return engine.turns.take(tenant, () => engine.prepare(params, tenant));
}

/** A refusal whose status is HTTP's own matter. */
class HttpRefusal extends Error {
  readonly status: number;
  readonly reason: ApiError;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, reason: ApiError, headers: Readonly<Record<string, string>> = {}) {
    super(reason.message);
    this.status = status;
    this.reason = reason;
    this.headers = headers;
  }
}

function checkHeaders(request: IncomingMessage, type: ResponseType | null): void {
  if (request.method !== 'POST') {
    const reason = invalid('method', 'GraphQL is served by POST, and subscriptions over WebSocket.');
    throw new HttpRefusal(405, reason, { allow: 'POST' });
  }
  if (type === null) {
    const types = 'application/graphql-response+json or application/json';
    throw new HttpRefusal(406, invalid('accept', `Answers are ${types}: accept one of them.`));
  }
  // Asking for JSON is also what keeps a foreign web page from sending a form here.
  if (!isJson(request.headers['content-type'])) {
    throw new HttpRefusal(
      415,
      invalid('content-type', 'Send the request as "Content-Type: application/json" in UTF-8.'),
    );
  }
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new HttpRefusal(415, invalid('content-encoding', 'Send the body as it is, without a content encoding.'));
  }
}
