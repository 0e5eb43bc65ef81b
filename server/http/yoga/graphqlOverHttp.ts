import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FormattedExecutionResult } from 'graphql';
import { invalid } from '../../../core/ground/errors.ts';
import { negotiate, takesEvents } from '../accept.ts';
import { type Refused, refusedFor } from '../refusal.ts';
import { replyJson } from '../reply.ts';
import { requestIdOf } from '../requestId.ts';
import { sendFetched } from '../sendFetched.ts';
import type { GraphQLTransportParts } from '../transportParts.ts';
import { admit } from './access.ts';
import { answerOf } from './answers.ts';
import type { Call } from './call.ts';
import { lazyRequest } from './lazyRequest.ts';
import { readParams } from './rawJson.ts';
import type { YogaServer } from './yoga.ts';

/**
 * GraphQL over HTTP, by its specification.
 *
 * Yoga serves it. Nearly every call is a POST of JSON that takes JSON back; it bypasses Fetch's Request and Response,
 * which would take two thirds of a small call's time. The steps that plugins do before the operation is known are done
 * here by the same functions; parameters, run and result are Yoga's and the plugins' (ADR 15).
 */
export function createGraphQLHandler(parts: GraphQLTransportParts, { yoga, uses }: YogaServer) {
  const { presenter, budgets } = parts;
  const { getResultForParams } = yoga;

  async function answerPost(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const type = negotiate(request.headers.accept) ?? 'application/json';
    const call: Call = { req: request, res: response, requestId: requestIdOf(request), making: {} };
    try {
      const caller = await admit(parts, request, response);
      call.caller = caller;
      const params = await readParams(parts, call);
      const payload = { params, request: uses.any ? lazyRequest(request, yoga.fetchAPI) : request };
      const result = (await getResultForParams(payload as never, call as never)) as FormattedExecutionResult;
      const { status, headers, body } = answerOf(result, type);
      replyJson(response, status, body, headers, type, { budgets, holder: caller.holder });
    } catch (error) {
      refuse(request, response, refusedFor(error, presenter, requestIdOf(request)), type);
    } finally {
      ended(call);
    }
  }

  async function answerAny(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call: Call = { req: request, res: response, requestId: requestIdOf(request), making: {} };
    try {
      // Otherwise Fetch could not make a URL of it.
      if (!URL.canParse(`http://${request.headers.host ?? 'localhost'}`)) {
        throw invalid('host', 'The header "Host" names no host.');
      }
      const fetched = await yoga.handleNodeRequestAndResponse(request, response, call as never);
      await sendFetched(response, fetched, call.caller && { budgets, holder: call.caller.holder });
    } catch (error) {
      refuse(request, response, refusedFor(error, presenter, requestIdOf(request)), 'application/json');
    } finally {
      ended(call);
    }
  }

  return (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method, headers } = request;
    const isPlain = method === 'POST' && !takesEvents(headers.accept) && !uses.requests;
    return isPlain ? answerPost(request, response) : answerAny(request, response);
  };
}

function refuse(request: IncomingMessage, response: ServerResponse, refused: Refused, type: string): void {
  // After a body that was not read to its end, the connection cannot carry another request.
  const headers = request.complete ? refused.headers : { ...refused.headers, connection: 'close' };
  replyJson(response, refused.status, refused.body, headers, type);
}

/** Releases what a call holds. What its reader has not read yet counts by itself. */
function ended({ body, making }: Call): void {
  making.answer?.end();
  body?.close();
}
