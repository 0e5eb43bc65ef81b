import { createClient } from 'graphql-ws/client';
import { EverhookError, ForbiddenError, UnauthenticatedError } from '../errors.ts';
import { placeOf } from '../http/connection.ts';
import { areGraphqlErrors, errorOf, type GraphqlError } from '../http/graphqlErrors.ts';
import type { WebSocketConstructor } from './webSocket.ts';

export interface LiveSessionOptions {
  readonly url: string;
  readonly webSocket: WebSocketConstructor;
  /** The value of the connection's `authorization` parameter; undefined where a session's cookie counts. */
  readonly authorization: string | undefined;
  /** How long the socket may take to open, in milliseconds. */
  readonly connectWithinMs: number;
  /** How often the connection is pinged, in milliseconds. */
  readonly keepAliveMs: number;
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

export interface LiveSink<Data> {
  next(data: Data): void;
  /** The connection is up, and the server accepted the key. */
  connected(): void;
}

/** One connection with one subscription, until it ends. */
export interface LiveSession {
  /**
   * Resolves when it is lost or closed, with the seconds that the server asks to wait. Rejects with a typed error where a new
   * connection would end in the same way. The socket is closed by then, or about to be.
   */
  readonly ended: Promise<number | undefined>;
  close(): void;
}

/** How long the server may take to acknowledge an open socket. */
const acknowledgedWithinMs = 10_000;
/** How long to wait for the server's close frame, where the platform allows ending the socket. */
const goodbyeWithinMs = 2_000;

/**
 * Each step has a timeout: a connection may die silently in any of them, and platforms wait for minutes, or forever. A handshake
 * may even use an idle connection of `fetch` that died before.
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
    connectionParams: authorization === undefined ? {} : { authorization },
    // The watch reconnects, because only it knows the cursor.
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
      // A socket whose peer is gone can stay open for hours: without an answer to a ping, it counts as lost.
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

  /** Ends a connection whose peer no longer answers. */
  function lose(): void {
    clearTimeout(step);
    client.terminate();
    ofThis.socket?.terminate?.();
  }

  /** Closes the connection itself: graphql-ws keeps its socket where the server's `complete` crosses ours. */
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
      const error = asError(problem, connected, placeOf(url));
      if (error && isFinal(error)) reject(error);
      else resolve(error?.retryAfter);
    };
    unsubscribe = client.subscribe<Data>(
      { query, variables },
      {
        next: ({ data, errors }) => {
          // NOT_FOUND of a change: between it and its read, this principal lost access to the thing. It is skipped. Without
          // data it is the subscription's own: what it follows is gone.
          const [first] = errors ?? [];
          if (first && (first.extensions?.code !== 'NOT_FOUND' || data === undefined)) {
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

/** The part of a WebSocket that is used here, in addition to graphql-ws's use. */
interface HeldSocket {
  readonly readyState: number;
  close(code: number, reason: string): void;
  addEventListener(event: 'close' | 'error', listener: () => void): void;
  /** Only `ws` has it: ends the socket without a close frame. */
  terminate?(): void;
}

/** `readyState` of a closed socket. */
const closed = 3;

/** The same sockets, with access to the new one at once: graphql-ws gives it out only once it is open. */
function keepingHold(webSocket: WebSocketConstructor) {
  const ofThis: { socket?: HeldSocket } = {};
  const Base = webSocket as new (url: string, protocols?: string | string[]) => HeldSocket;
  class Socket extends Base {
    constructor(url: string, protocols?: string | string[]) {
      super(url, protocols);
      ofThis.socket = this;
      // Without a listener, `ws` would throw an error of a socket that graphql-ws no longer listens to.
      this.addEventListener('error', () => {});
    }
  }
  return { Socket, ofThis };
}

/** The error that ended a subscription, as one of the SDK; undefined where the connection was only lost. */
function asError(problem: unknown, connected: boolean, url: string): EverhookError | undefined {
  if (areGraphqlErrors(problem)) {
    const error = errorOf(problem as readonly [GraphqlError, ...GraphqlError[]], { url });
    // A server error without an explanation is treated as temporary, like a lost connection.
    return error.code === 'INTERNAL' ? undefined : error;
  }
  const { code, message } = (problem ?? {}) as { code?: unknown; message?: unknown };
  // The connection was up, so its credential has expired since; there may be a fresh one by now.
  if (code === 4403 && connected) return undefined;
  if (typeof code === 'number') return errorOfClose(code, url);
  // Only `ws`, not Node's or a browser's sockets, reports the status that refused the upgrade.
  if (typeof message === 'string' && /Unexpected server response: 401/.test(message)) return errorOfClose(4401, url);
  if (typeof message === 'string' && /Unexpected server response: 403/.test(message)) return errorOfClose(4403, url);
  return undefined;
}

/** The close codes of the graphql-transport-ws protocol after which a new connection would end in the same way. */
function errorOfClose(code: number, url: string): EverhookError | undefined {
  if (code === 4401)
    return new UnauthenticatedError('The server refused this key: it is missing, unknown or revoked.', { url });
  if (code === 4403) return new ForbiddenError('This key has no permission to watch.', { url });
  if (code === 4400 || code === 4004 || code === 4005 || code === 4406) {
    return new EverhookError(
      'INTERNAL',
      `The server and this SDK do not understand each other (closed with ${code}).`,
      { url },
    );
  }
  return undefined;
}

/** Whether to reconnect: only after a temporary problem of the server. */
const isFinal = (error: EverhookError): boolean => error.code !== 'UNAVAILABLE' && error.code !== 'RATE_LIMITED';
