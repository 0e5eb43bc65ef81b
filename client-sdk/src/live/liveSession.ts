import { EverhookError, ForbiddenError, NetworkError, UnauthenticatedError } from '../errors.ts';
import { placeOf } from '../http/connection.ts';
import { areGraphqlErrors, errorOf, type GraphqlError } from '../http/graphqlErrors.ts';
import type { LiveSocketOptions, LiveSockets } from './liveSocket.ts';

export interface LiveSessionOptions extends LiveSocketOptions {
  /** Where it finds a socket to share. */
  readonly sockets: LiveSockets;
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

export interface LiveSink<Data> {
  next(data: Data): void;
  /** The connection is up, and the server accepted the key. */
  connected(): void;
}

/** One subscription over a connection, until either ends. */
export interface LiveSession {
  /**
   * Resolves when it is lost or closed, with the seconds that the server asks to wait. Rejects with a typed error where a new
   * connection would end in the same way: with a NetworkError where something on the way refused to open a WebSocket at all. A socket
   * that nobody else uses is closed by then, or about to be.
   */
  readonly ended: Promise<number | undefined>;
  close(): void;
}

/** Subscribes, over the socket that others of the same credential have, or over a new one. */
export function openLiveSession<Data>(options: LiveSessionOptions, sink: LiveSink<Data>): LiveSession {
  const { sockets, query, variables } = options;
  const socket = sockets.get(options);
  const leave = socket.join(() => sink.connected());
  let unsubscribe = () => {};
  const ended = new Promise<number | undefined>((resolve, reject) => {
    const end = (problem: unknown) => {
      leave();
      const error = asError(problem, socket.connected, placeOf(options.url));
      if (error && isFinal(error)) reject(error);
      else resolve(error?.retryAfter);
    };
    unsubscribe = socket.client.subscribe<Data>(
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
  const refused = typeof message === 'string' ? /Unexpected server response: (\d{3})/.exec(message) : null;
  return refused ? errorOfStatus(Number(refused[1]), url) : undefined;
}

/** Statuses below 500 that ask to come again. */
const passing = [408, 425, 429];

/** What a status says that came in place of a WebSocket; undefined where it may be another one soon. */
function errorOfStatus(status: number, url: string): EverhookError | undefined {
  if (status === 401) return errorOfClose(4401, url);
  if (status === 403) return errorOfClose(4403, url);
  if (status >= 500 || passing.includes(status)) return undefined;
  return new NetworkError(
    `No WebSocket could be opened: it was answered with ${status}. Look whether this is the URL of Everhook, and whether a proxy before it passes WebSockets on.`,
    { url, status },
  );
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
