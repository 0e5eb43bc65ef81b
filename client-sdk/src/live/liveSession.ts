import { createClient } from 'graphql-ws/client';
import { EverhookError, ForbiddenError, UnauthenticatedError } from '../errors.ts';
import { areGraphqlErrors, errorOf, type GraphqlError } from '../http/graphqlErrors.ts';
import type { WebSocketConstructor } from './webSocket.ts';

export interface LiveSessionOptions {
  readonly url: string;
  readonly webSocket: WebSocketConstructor;
  /** The value of the connection's `authorization` parameter. */
  readonly authorization: string;
  /** Longest time until the socket is open, in milliseconds. */
  readonly connectWithinMs: number;
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
   * connecting again would end the same way. The socket is closed by then, or is about to be.
   */
  readonly ended: Promise<number | undefined>;
  close(): void;
}

/** Longest time from the open socket to the server's acknowledgement. */
const acknowledgedWithinMs = 10_000;
/** How long a server may take to answer a goodbye before it is not waited for, where the platform lets us. */
const goodbyeWithinMs = 2_000;

/**
 * Each step has its bound: a connection may die without a word in any of them, and platforms wait for minutes, or for good.
 * A handshake may even go over an idle connection of `fetch` that died before.
 */
export function openLiveSession<Data>(options: LiveSessionOptions, sink: LiveSink<Data>): LiveSession {
  const { url, connectWithinMs, keepAliveMs, authorization, query, variables } = options;
  let connected = false;
  let left = false;
  let step: ReturnType<typeof setTimeout> | undefined;
  const { Socket, ofThis } = keepingHold(options.webSocket);
  const client = createClient({
    url,
    webSocketImpl: Socket,
    connectionParams: { authorization },
    // Reconnecting is the watch's work, because only it knows the cursor.
    retryAttempts: 0,
    keepAlive: keepAliveMs,
    on: {
      connecting: () => within(connectWithinMs),
      opened: () => within(acknowledgedWithinMs),
      connected: () => {
        clearTimeout(step);
        connected = true;
        sink.connected();
      },
      // A socket whose peer is gone can stay open for hours: who does not answer a ping is taken for lost.
      ping: (received) => {
        if (!received) within(keepAliveMs);
      },
      pong: (received) => {
        if (received) clearTimeout(step);
      },
      closed: () => clearTimeout(step),
    },
  });

  function within(milliseconds: number): void {
    clearTimeout(step);
    step = setTimeout(lose, milliseconds);
  }

  /** Gives up a connection that nobody can be told of. */
  function lose(): void {
    clearTimeout(step);
    client.terminate();
    ofThis.socket?.terminate?.();
  }

  /** Closes the connection whatever graphql-ws makes of it: of a `complete` that crosses ours it keeps its socket. */
  function leave(): void {
    if (left) return;
    left = true;
    clearTimeout(step);
    const { socket } = ofThis;
    if (!connected || !socket) lose();
    else if (socket.readyState !== closed) {
      socket.close(1000, 'Normal Closure');
      if (!socket.terminate) return;
      const unanswered = setTimeout(() => socket.terminate?.(), goodbyeWithinMs);
      socket.addEventListener('close', () => clearTimeout(unanswered));
    }
  }

  let unsubscribe = () => {};
  const ended = new Promise<number | undefined>((resolve, reject) => {
    const end = (problem: unknown) => {
      leave();
      const error = asError(problem, connected);
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
      leave();
    },
  };
}

/** What is used of a WebSocket here, beside what graphql-ws does with it. */
interface HeldSocket {
  readonly readyState: number;
  close(code: number, reason: string): void;
  addEventListener(event: 'close' | 'error', listener: () => void): void;
  /** Of `ws` alone: ends it without a goodbye. */
  terminate?(): void;
}

/** `readyState` of a socket that is no more. */
const closed = 3;

/** The same sockets, with a hold on the one that is made: graphql-ws hands it out only once it is open. */
function keepingHold(webSocket: WebSocketConstructor) {
  const ofThis: { socket?: HeldSocket } = {};
  const Base = webSocket as new (url: string, protocols?: string | string[]) => HeldSocket;
  class Socket extends Base {
    constructor(url: string, protocols?: string | string[]) {
      super(url, protocols);
      ofThis.socket = this;
      // `ws` would throw what happens to a socket that graphql-ws has turned away from.
      this.addEventListener('error', () => {});
    }
  }
  return { Socket, ofThis };
}

/** What ended a subscription as an error of the SDK; undefined for a connection that was merely lost. */
function asError(problem: unknown, connected: boolean): EverhookError | undefined {
  if (areGraphqlErrors(problem)) {
    const error = errorOf(problem as readonly [GraphqlError, ...GraphqlError[]]);
    // A fault of the server that it does not explain is as passing as a lost connection.
    return error.code === 'INTERNAL' ? undefined : error;
  }
  const { code, message } = (problem ?? {}) as { code?: unknown; message?: unknown };
  // Of a connection that was made: what it was made with has expired, and there may be a fresh one by now.
  if (code === 4403 && connected) return undefined;
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
