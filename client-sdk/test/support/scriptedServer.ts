import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A GraphQL request as the SDK sends it. */
export interface ReceivedRequest {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly query: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the operation's variables are
  readonly variables: any;
}

export type Answer = (request: ReceivedRequest, response: ServerResponse) => void | Promise<void>;

export const sendJson = (
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
) => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));

export const sendError = (response: ServerResponse, extensions: Record<string, unknown>, message = 'No.') =>
  sendJson(response, 200, { data: null, errors: [{ message, extensions }] });

/** A real HTTP server on loopback that answers as the test says, and can break in ways that a good one does not. */
export async function scriptedServer(answer: Answer) {
  const requests: ReceivedRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const received = { headers: request.headers, body, ...JSON.parse(body) } as ReceivedRequest;
    requests.push(received);
    await answer(received, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    close() {
      return this[Symbol.asyncDispose]();
    },
  };
}

interface SentEvent {
  readonly type: string;
  readonly data: unknown;
  readonly idempotencyKey: string;
}

/** What the API does with `publishEvents`: accepted as a whole, once a key. */
export class EventStore {
  readonly events = new Map<string, { id: string; type: string; occurredAt: string; data: unknown }>();

  accept(sent: readonly SentEvent[]) {
    return sent.map(({ type, data, idempotencyKey }) => {
      const known = this.events.get(idempotencyKey);
      const event = known ?? { id: `id-of-${idempotencyKey}`, type, occurredAt: '2026-01-01T00:00:00.000Z', data };
      this.events.set(idempotencyKey, event);
      const { data: _, ...answered } = event;
      return answered;
    });
  }

  answer: Answer = ({ variables }, response) => {
    sendJson(response, 200, { data: { publishEvents: { events: this.accept(variables.input.events) } } });
  };
}
