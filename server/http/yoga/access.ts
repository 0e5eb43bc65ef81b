import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerHolderOf } from '../../../core/answers/budgets.ts';
import { invalid } from '../../../core/ground/errors.ts';
import { negotiate, takesEvents } from '../accept.ts';
import { authenticated } from '../authenticated.ts';
import { requireJson } from '../contentType.ts';
import { HttpRefusal } from '../refusal.ts';
import { notesOf } from '../requestNotes.ts';
import type { GraphQLTransportParts } from '../transportParts.ts';
import type { Caller, CallPlugin } from './call.ts';
import { asksForPage } from './graphiql.ts';

/**
 * Authenticates the caller and counts the call, before anything else of the request is read.
 *
 * @throws HttpRefusal, ApiError UNAUTHENTICATED, RATE_LIMITED
 */
export async function admit(
  parts: GraphQLTransportParts,
  request: IncomingMessage,
  response: ServerResponse | null,
): Promise<Caller> {
  checkHeaders(request);
  const { principal, credential } = await authenticated(parts, request, response);
  notesOf(request).principal = principal;
  await parts.limits.operation(principal);
  return { principal, credential, holder: answerHolderOf(principal) };
}

/** Access and rate: who calls, and how often. */
export const useAccess = (parts: GraphQLTransportParts): CallPlugin => ({
  async onRequestParse({ serverContext }) {
    serverContext.caller = await admit(parts, serverContext.req, serverContext.res ?? null);
  },
});

function checkHeaders(request: IncomingMessage): void {
  const { method, headers } = request;
  if (method !== 'POST' && method !== 'GET') {
    const reason = invalid('method', 'GraphQL is served by POST and GET, and subscriptions over WebSocket, too.');
    throw new HttpRefusal(405, reason, { allow: 'GET, POST' });
  }
  if (asksForPage(request)) {
    const reason = invalid('accept', 'There is no page here. Set EVERHOOK_GRAPHIQL=true to get GraphiQL.');
    throw new HttpRefusal(406, reason);
  }
  if (negotiate(headers.accept) === null && !takesEvents(headers.accept)) {
    const types = 'application/graphql-response+json, application/json or text/event-stream';
    throw new HttpRefusal(406, invalid('accept', `Answers are ${types}: accept one of these types.`));
  }
  if (method === 'GET') return;
  // Requiring JSON also keeps a foreign web page from sending a form here.
  requireJson(request);
}
