import type { IncomingMessage } from 'node:http';
import { tenantOf } from '../../../core/access/tenant.ts';
import { readJsonBody } from '../../../core/json/body.ts';
import { parseParams, parseUrlParams, type RequestParams } from '../requestParser.ts';
import type { GraphQLTransportParts } from '../transportParts.ts';
import { type Caller, type CallPlugin, callerOf } from './call.ts';

/**
 * Reads a request's parameters and keeps the source text of its variables (ADR 7). @throws ApiError VALIDATION_FAILED,
 * LIMIT_EXCEEDED
 */
export async function readParams(
  { bodies, entrance }: GraphQLTransportParts,
  request: IncomingMessage,
  { principal }: Caller,
): Promise<RequestParams> {
  if (request.method === 'GET') {
    await entrance.enter(tenantOf(principal));
    const { url = '' } = request;
    const at = url.indexOf('?');
    return parseUrlParams(at === -1 ? '' : url.slice(at + 1));
  }
  const { value, problem } = readJsonBody(await bodies.read(request, tenantOf(principal)));
  if (problem) throw problem;
  return parseParams(value);
}

/** Raw JSON text: a reader that keeps what JavaScript's own loses of numbers and keys. */
export const useRawJson = (parts: GraphQLTransportParts): CallPlugin => ({
  onRequestParse({ serverContext, setRequestParser }) {
    setRequestParser(() => readParams(parts, serverContext.req, callerOf(serverContext)) as never);
  },
});
