import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { DeliveryUpdatedSubscription } from '../../src/generated/operations.ts';
import { sendJson } from './scriptedServer.ts';

/** As the server writes it: without what the SDK adds. */
type DeliveryUpdate = DeliveryUpdatedSubscription['deliveryUpdated'];

export const delivery = (id: string, version: number, cursor: string): DeliveryUpdate => ({
  id,
  version,
  cursor,
  direction: 'OUTBOUND',
  eventType: 'task.created',
  status: 'PENDING',
  statusReason: null,
  attemptCount: version - 1,
  nextAttemptAt: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  completedAt: null,
  responseCode: null,
  responseTime: null,
  isTest: false,
  webhook: null,
  event: null,
  noReplayBecause: null,
  inboundWebhook: null,
});

interface Message {
  readonly id?: string;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the protocol's messages carry
  readonly payload?: any;
}

/** One subscription on one socket, as the server sees it. */
export class ServedSubscription {
  readonly authorization: unknown;
  readonly variables: Record<string, unknown>;
  readonly socket: WebSocket;
  readonly #id: string;
  /** Resolves when the socket is closed. */
  readonly closed: Promise<void>;

  constructor(socket: WebSocket, authorization: unknown, { id = '', payload }: Message) {
    this.socket = socket;
    this.authorization = authorization;
    this.variables = payload.variables;
    this.#id = id;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  send(...updates: DeliveryUpdate[]): void {
    for (const deliveryUpdated of updates) this.#write('next', { data: { deliveryUpdated } });
  }

  sendErrors(...codes: string[]): void {
    this.#write('next', { data: null, errors: codes.map((code) => ({ message: code, extensions: { code } })) });
  }

  fail(code: string, field?: string): void {
    this.#write('error', [{ message: code, extensions: { code, field, requestId: 'r-1' } }]);
  }

  complete(): void {
    this.#write('complete');
  }

  /** What is sent meanwhile leaves in one packet. */
  atOnce(send: () => void): void {
    const { _socket: connection } = this.socket as unknown as { _socket: Duplex };
    connection.cork();
    send();
    connection.uncork();
  }

  #write(type: string, payload?: unknown): void {
    this.socket.send(JSON.stringify({ id: this.#id, type, payload }));
  }
}

export interface LiveServerOptions {
  /** What is done with a connection that introduces itself. @default acknowledged */
  onInit?(socket: WebSocket, count: number): void;
  /** Whether a connection's upgrade is answered at all. @default always */
  answersUpgrade?(count: number): boolean;
  /** By which status an upgrade is refused, as a proxy does. @default by none */
  refusesUpgrade?(count: number): number | null;
  /** @default true */
  readonly answersPings?: boolean;
}

export const acknowledge = (socket: WebSocket) => socket.send(JSON.stringify({ type: 'connection_ack' }));

/** Speaks the live half of the API as the test says, and counts. */
export async function liveServer({
  onInit = acknowledge,
  answersUpgrade = () => true,
  refusesUpgrade = () => null,
  answersPings = true,
}: LiveServerOptions = {}) {
  const subscriptions: ServedSubscription[] = [];
  const arrivals: ((subscription: ServedSubscription) => void)[] = [];
  const queries: { query: string; variables: Record<string, unknown> }[] = [];
  let handedOut = 0;
  let connections = 0;
  let cursor = 'cursor-of-now';
  const http = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const received = JSON.parse(body);
    queries.push(received);
    if (received.query.includes('query OrganizationOfWebhook')) {
      return sendJson(response, 200, { data: { webhook: { organization: { id: 'the-organization' } } } });
    }
    sendJson(response, 200, { data: { deliveryCursor: cursor } });
  });
  const sockets = new WebSocketServer({ noServer: true, autoPong: true });
  const upgrades = new Set<Duplex>();
  http.on('upgrade', (request, connection, head) => {
    const count = ++connections;
    upgrades.add(connection.on('error', () => {}).once('close', () => upgrades.delete(connection)));
    // Read on, so that its end is noticed.
    if (!answersUpgrade(count)) {
      connection.resume().once('end', () => connection.destroy());
      return;
    }
    const status = refusesUpgrade(count);
    if (status !== null) {
      connection.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, connection, head, (socket) => serve(socket, count));
  });
  function serve(socket: WebSocket, count: number): void {
    let authorization: unknown;
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as Message;
      if (message.type === 'connection_init') {
        authorization = message.payload?.authorization;
        onInit(socket, count);
      } else if (message.type === 'ping' && answersPings) socket.send(JSON.stringify({ type: 'pong' }));
      else if (message.type === 'subscribe') {
        const subscription = new ServedSubscription(socket, authorization, message);
        subscriptions.push(subscription);
        arrivals.shift()?.(subscription);
      }
    });
  }
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    queries,
    /** What it answers as the cursor of now. */
    set cursor(next: string) {
      cursor = next;
    },
    get connections() {
      return connections;
    },
    /** Connections that are open, or being made. */
    get open() {
      return upgrades.size;
    },
    /** The next subscription that has not been asked for yet. */
    async subscribed(): Promise<ServedSubscription> {
      const place = handedOut++;
      return subscriptions[place] ?? new Promise((resolve) => arrivals.push(resolve));
    },
    async close() {
      for (const connection of upgrades) connection.destroy();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
