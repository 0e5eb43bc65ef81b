import type { ServerResponse } from 'node:http';
import { type Account, reply, streamTo } from './reply.ts';

/** Headers of the transport, which this side sets itself. */
const ofTransport = new Set(['content-length', 'transfer-encoding', 'connection', 'keep-alive']);

/** Sends a Fetch response: a stream piece by piece as its reader takes them, anything else at once. */
export async function sendFetched(response: ServerResponse, fetched: Response, account?: Account): Promise<void> {
  const headers: Record<string, string> = {};
  for (const [name, value] of fetched.headers) if (!ofTransport.has(name)) headers[name] = value;
  // After a body that was not read to its end, the connection cannot carry another request.
  if (!response.req.complete) headers.connection = 'close';
  const type = headers['content-type'] ?? 'text/plain; charset=utf-8';
  if (type.startsWith('text/event-stream') && fetched.body) {
    const events = fetched.body as unknown as AsyncIterable<Uint8Array>;
    return streamTo(response, fetched.status, headers, events, account);
  }
  reply(response, fetched.status, type, await fetched.text(), headers, account);
}
