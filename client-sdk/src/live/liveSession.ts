import { createClient } from 'graphql-ws/client';
import { EverhookError, ForbiddenError, UnauthenticatedError } from '../errors.ts';
import { areGraphqlErrors, errorOf, type GraphqlError } from '../http/graphqlErrors.ts';
import type { WebSocketConstructor } from './webSocket.ts';

export interface LiveSessionOptions {
  readonly url: string;
  readonly webSocket: WebSocketConstructor;
  /** The value of the connection's `authorization` parameter. */
  readonly authorization: string;
  /** How often the connection is tried, in milliseconds. */
  readonly keepAliveMs: number;
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

export interface LiveSink<Data> {
  next(data: Data): void;
  /** The connection is up and the server took the key. */
  connected(): void;
}

/** One connection with one subscription, until it ends. */
export interface LiveSession {
  /**
   * Resolves when it is lost or closed, with the seconds that the server asks to wait; rejects with a typed error where
   * connecting again would end the same way.
   */
  readonly ended: Promise<number | undefined>;
  close(): void;
}

/** Longest time from opening the socket to the server's acknowledgement. */
const acknowledgedWithinMs = 15_000;

export function openLiveSession<Data>(options: LiveSessionOptions, sink: LiveSink<Data>): LiveSession {
  const { url, webSocket, keepAliveMs, authorization, query, variables } = options;
  let connected = false;
  let pongDue: ReturnType<typeof setTimeout> | undefined;
  const client = createClient({
    url,
    webSocketImpl: webSocket,
    connectionParams: { authorization },
    connectionAckWaitTimeout: acknowledgedWithinMs,
    // Reconnecting is the watch's work, because only it knows the cursor.
    retryAttempts: 0,
    keepAlive: keepAliveMs,
    on: {
      connected: () => {
        connected = true;
        sink.connected();
      },
      // A socket whose peer is gone can stay open for hours: who does not answer a ping is taken for lost.
      ping: (received) => {
        if (!received) pongDue = setTimeout(() => client.terminate(), keepAliveMs);
      },
      pong: (received) => {
        if (received) clearTimeout(pongDue);
      },
      closed: () => clearTimeout(pongDue),
    },
  });
  let unsubscribe = () => {};
  const ended = new Promise<number | undefined>((resolve, reject) => {
    const end = (problem: unknown) => {
      clearTimeout(pongDue);
      const error = asError(problem);
      if (error && isFinal(error)) reject(error);
      else resolve(error?.retryAfter);
    };
    unsubscribe = client.subscribe<Data>(
      { query, variables },
      {
        next: ({ data, errors }) => {
          // A thing that went out of sight between the change and the reading of it is none of ours any more.
          const [first] = errors ?? [];
          if (first && first.extensions?.code !== 'NOT_FOUND') {
            unsubscribe();
            end(errors);
          } else if (data) sink.next(data);
        },
        error: end,
        complete: () => end(undefined),
      },
    );
  });
  return {
    ended,
    close: () => {
      unsubscribe();
      // A connection that is still being made has nobody left to wait for.
      if (!connected) client.terminate();
    },
  };
}

/** What ended a subscription as an error of the SDK; undefined for a connection that was merely lost. */
function asError(problem: unknown): EverhookError | undefined {
  if (areGraphqlErrors(problem)) {
    const error = errorOf(problem as readonly [GraphqlError, ...GraphqlError[]]);
    // A fault of the server that it does not explain is as passing as a lost connection.
    return error.code === 'INTERNAL' ? undefined : error;
  }
  const { code, message } = (problem ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'number') return errorOfClose(code);
  // `ws` tells what Node's and the browsers' sockets keep to themselves: the status that refused the upgrade.
  if (typeof message === 'string' && /Unexpected server response: 401/.test(message)) return errorOfClose(4401);
  if (typeof message === 'string' && /Unexpected server response: 403/.test(message)) return errorOfClose(4403);
  return undefined;
}

/** The closing codes of the graphql-transport-ws protocol after which connecting again would end the same way. */
function errorOfClose(code: number): EverhookError | undefined {
  if (code === 4401) return new UnauthenticatedError('The server refused this key: it is missing, unknown or revoked.');
  if (code === 4403) return new ForbiddenError('This key may not watch.');
  if (code === 4400 || code === 4004 || code === 4005 || code === 4406) {
    return new EverhookError('INTERNAL', `The server and this SDK do not understand each other (closed with ${code}).`);
  }
  return undefined;
}

/** A passing trouble of the server is a reason to come back, everything else is not. */
const isFinal = (error: EverhookError): boolean => error.code !== 'UNAVAILABLE' && error.code !== 'RATE_LIMITED';
