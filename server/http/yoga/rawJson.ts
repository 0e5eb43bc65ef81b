import { tenantOf } from '../../../core/access/tenant.ts';
import { readJsonBody } from '../../../core/json/body.ts';
import { parseParams, parseUrlParams, type RequestParams } from '../requestParser.ts';
import type { GraphQLTransportParts } from '../transportParts.ts';
import { type Call, type CallPlugin, callerOf } from './call.ts';

/**
 * Reads a request's parameters and keeps the source text of its variables (ADR 7). @throws ApiError VALIDATION_FAILED,
 * LIMIT_EXCEEDED
 */
export async function readParams(
  { bodies, entrance, longRequests }: GraphQLTransportParts,
  call: Call,
): Promise<RequestParams> {
  const { req: request } = call;
  const tenant = tenantOf(callerOf(call).principal);
  if (request.method === 'GET') {
    await entrance.enter(tenant);
    const { url = '' } = request;
    const at = url.indexOf('?');
    return parseUrlParams(at === -1 ? '' : url.slice(at + 1));
  }
  const body = await bodies.open(request, tenant);
  call.body = body;
  const end = await longRequests.begin(tenant, body.length);
  call.body = {
    length: body.length,
    close() {
      end();
      body.close();
    },
  };
  const { value, problem } = readJsonBody(await body.text());
  if (problem) throw problem;
  return parseParams(value);
}

/** Raw JSON text: a reader that keeps what JavaScript's own loses of numbers and keys. */
export const useRawJson = (parts: GraphQLTransportParts): CallPlugin => ({
  onRequestParse({ serverContext, setRequestParser }) {
    setRequestParser(() => readParams(parts, serverContext) as never);
  },
});
