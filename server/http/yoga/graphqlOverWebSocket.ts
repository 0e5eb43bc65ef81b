import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
} from 'graphql';
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import { isAsyncIterable } from 'graphql-yoga';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Credential } from '../../../core/access/credential.ts';
import type { Principal } from '../../../core/access/principal.ts';
import { tenantOf } from '../../../core/access/tenant.ts';
import { spliceJsonTexts } from '../../../core/answers/answerText.ts';
import { type AnswerHolder, answerHolderOf } from '../../../core/answers/budgets.ts';
import { ApiError } from '../../../core/ground/errors.ts';
import { newId } from '../../../core/ground/newId.ts';
import type { CallTrace } from '../../../core/tracing/tracing.ts';
import { onceEnded } from '../asyncIterator.ts';
import { authenticated } from '../authenticated.ts';
import { isOutage } from '../isOutage.ts';
import { checkSubscription } from '../longRequests.ts';
import { clientOf } from '../origin.ts';
import { preparedFor } from '../preparedFor.ts';
import { endUpgrade, requestIdOf } from '../requestId.ts';
import type { RequestNotes } from '../requestNotes.ts';
import { parseParams } from '../requestParser.ts';
import { awaitClose, closeTo, createPeer } from '../socketPeer.ts';
import { traceparentAmong } from '../traceparent.ts';
import type { GraphQLTransportParts } from '../transportParts.ts';
import { type Call, type Caller, callerOf } from './call.ts';
import { nameOf } from './limits.ts';
import { createSocketMessages, maxUnauthenticatedBytes, tooLongUnauthenticated } from './socketMessages.ts';
import type { YogaServer } from './yoga.ts';

/** Operations that may run on one socket at once. */
const maxOperations = 100;
/** How long a socket may stay without `connection_init`, in milliseconds. */
const initTimeoutMs = 5_000;
/** Bytes that frame headers add to a message that comes in a few pieces. */
const frameBytes = 1_024;
/** Bytes of a client's control frame beside its payload of at most 125 bytes. */
const controlFrameBytes = 6;

export interface GraphQLSockets {
  /** Takes over an HTTP connection that asked for an upgrade. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends every socket with 1001, so that clients connect again elsewhere. */
  close(): Promise<void>;
  count(): number;
}

interface Extra {
  readonly socket: WebSocket;
  /** The HTTP request for the upgrade. */
  readonly request: IncomingMessage;
  /** Undefined until the client has authenticated. */
  credential: Credential | undefined;
  /** Called once the client has authenticated. */
  readonly onAuthenticated: () => void;
  /** Undefined until the client has authenticated. */
  principal: Principal | undefined;
  /** To whom unread answers are charged. */
  holder: AnswerHolder | undefined;
  /** Running subscriptions. */
  subscriptions: number;
}

/** An operation's end, to be recorded once. */
type End = (status: number, isStream?: boolean) => void;

/** What an operation carries from its check to its run: what Yoga and its plugins need to run it. */
interface Arguments extends ExecutionArgs {
  readonly contextValue: Call;
  readonly enveloped: ReturnType<YogaServer['yoga']['getEnveloped']>;
  readonly extra: Extra;
  readonly end: End;
}

/** An error that has been presented already. */
class Refusal extends GraphQLError {
  readonly shown: GraphQLFormattedError;

  constructor(shown: GraphQLFormattedError) {
    super(shown.message, { extensions: shown.extensions ?? {} });
    this.shown = shown;
  }

  override toJSON(): GraphQLFormattedError {
    return this.shown;
  }
}

/** GraphQL over WebSocket (graphql-transport-ws). Each operation is authorized anew, with the connection's credential. */
export function createGraphQLSockets(parts: GraphQLTransportParts, { yoga }: YogaServer): GraphQLSockets {
  const { presenter, limits, maxBodyBytes, budgets, bodies, entrance, connections, documents, heartbeatMs } = parts;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxBodyBytes,
    // Each piece takes some hundred bytes and more until its message is whole, however short it is.
    maxFragments: 1_024,
    maxBufferedChunks: 4_096,
    perMessageDeflate: false,
    handleProtocols: (protocols) => handleProtocols(protocols),
  });
  sockets.on('headers', (headers, request) => headers.push(`X-Request-Id: ${requestIdOf(request)}`));
  sockets.on('wsClientError', (_error, socket, request) => {
    endUpgrade(socket, request, '400 Bad Request', 'Sec-WebSocket-Version: 13\r\n');
  });
  const refusals = (result: ExecutionResult | FormattedExecutionResult, requestId: string) =>
    (presenter.result(result, requestId).errors ?? []).map((error) => new Refusal(error));
  const messages = createSocketMessages(parts);

  /** Records an operation of a socket as a request. Its errors are presented before its end, so that they are logged where it stands. */
  function recorded(about: RequestNotes & { readonly trace: CallTrace }, requestId: string): End {
    const beganAt = performance.now();
    parts.traces?.remember(requestId, about.trace);
    return (status, isStream = false) => {
      const ms = performance.now() - beganAt;
      parts.record({ ...about, method: 'WEBSOCKET', route: 'socket', status, requestId, ms, isStream });
    };
  }

  /** Who sends an operation: by the credential with which the connection was opened, as it is now. */
  async function identify({ credential, request }: Extra, requestId: string): Promise<Principal> {
    const origin = { ...parts.originOf(request), requestId };
    if (typeof credential === 'object') return parts.services.authenticate(credential, origin);
    return (await authenticated(parts, request, null, credential, origin)).principal;
  }

  const server = makeServer<{ authorization?: unknown }, Extra>({
    connectionInitWaitTimeout: initTimeoutMs,
    async onConnect({ connectionParams, extra }) {
      const { authorization } = connectionParams ?? {};
      const given = typeof authorization === 'string' ? authorization : undefined;
      try {
        const { principal, credential } = await authenticated(parts, extra.request, null, given);
        extra.credential = credential;
        if (extra.socket.readyState !== extra.socket.OPEN) return false;
        extra.socket.once('close', connections.connection(principal));
        extra.principal = principal;
        extra.holder = answerHolderOf(principal);
        extra.onAuthenticated();
        return true;
      } catch (error) {
        const { code } = presenter.error(error, requestIdOf(extra.request)).extensions as { code: string };
        // A passing failure is worth another try, and clients see that by the code; a wrong key is not.
        closeTo(extra.socket, code === 'UNAUTHENTICATED' ? CloseCode.Unauthorized : 1013, code);
        return false;
      }
    },
    async onSubscribe({ extra, subscriptions }, _id, payload) {
      // Counted on arrival: operations that arrive while this one is checked are refused first.
      const underWay = Object.keys(subscriptions).length;
      const requestId = newId();
      const trace: CallTrace = { traceparent: traceparentAmong(payload.extensions) };
      const about: RequestNotes & { readonly trace: CallTrace } = { trace };
      const end = recorded(about, requestId);
      const refuse = (errors: readonly GraphQLError[]) => {
        end(400);
        return errors;
      };
      try {
        const principal = await identify(extra, requestId);
        about.principal = principal;
        // A refused operation counts as well: it costs a check and an answer.
        await limits.operation(principal);
        await entrance.enter(tenantOf(principal));
        messages.readVariables(payload);
        if (underWay > maxOperations) {
          throw new ApiError('LIMIT_EXCEEDED', `A connection has at most ${maxOperations} operations under way.`);
        }
        const params = documents.resolve(parseParams(payload), tenantOf(principal));
        const prepared = await preparedFor(parts, principal, params);
        if ('refused' in prepared) return refuse(refusals(prepared.refused, requestId));
        about.operation = nameOf(prepared);
        if (prepared.operation.operation === 'subscription') checkSubscription(messages.lengthOf(payload));
        const { credential, request: req, socket } = extra;
        const caller: Caller = { principal, credential: credential as Credential, holder: answerHolderOf(principal) };
        const enveloped = yoga.getEnveloped({ req, requestId, socket, params, caller, prepared, trace, making: {} });
        const document = enveloped.parse(params.query);
        const errors = enveloped.validate(enveloped.schema, document);
        if (errors.length > 0) return refuse(refusals({ errors }, requestId));
        const args: Arguments = {
          schema: enveloped.schema,
          document,
          contextValue: await enveloped.contextFactory(),
          variableValues: params.variables ?? null,
          operationName: params.operationName ?? null,
          enveloped,
          extra,
          end,
        };
        return args;
      } catch (error) {
        if (isUnauthenticated(error) && expires(extra.principal))
          closeTo(extra.socket, CloseCode.Forbidden, 'UNAUTHENTICATED');
        return refuse([new Refusal(presenter.error(error, requestId))]);
      }
    },
    execute: async (args) => {
      const { enveloped, contextValue, end } = args as Arguments;
      try {
        return presenter.result(await enveloped.execute(args), contextValue.requestId, args.document) as never;
      } catch (error) {
        return { errors: [presenter.error(error, contextValue.requestId)] } as never;
      } finally {
        endOnceWritten(contextValue);
        end(200);
      }
    },
    subscribe: async (args) => {
      const { enveloped, contextValue, extra, end } = args as Arguments;
      let leave: (() => void) | undefined;
      try {
        leave = connections.subscription(callerOf(contextValue).principal);
        const stream = await enveloped.subscribe(args);
        if (!isAsyncIterable(stream)) {
          leave();
          const refused = presenter.result(stream, contextValue.requestId, args.document);
          end(400);
          return refused as never;
        }
        extra.subscriptions += 1;
        const left = leave;
        const shown = (error: unknown) => new Refusal(presenter.error(error, contextValue.requestId));
        return onceEnded(untilExpired(stream as AsyncIterableIterator<ExecutionResult>, extra, shown), () => {
          left();
          end(200, true);
          extra.subscriptions -= 1;
        });
      } catch (error) {
        leave?.();
        const refused = { errors: [presenter.error(error, contextValue.requestId)] };
        end(400);
        return refused as never;
      }
    },
    onNext: (_context, _id, _payload, { document, contextValue }, result) => {
      endOnceWritten(contextValue as Call);
      return presenter.result(result as ExecutionResult, (contextValue as Call).requestId, document) as never;
    },
    onError: ({ extra }, _id, _payload, errors) =>
      errors.map((error) => {
        const cause = error.originalError ?? error;
        return cause instanceof Refusal ? cause.shown : presenter.error(cause, requestIdOf(extra.request));
      }),
  });

  /** A quiet subscription has no next event that would show that its credential has ended. */
  async function checkAccess({ socket, principal, credential }: Extra): Promise<void> {
    try {
      await parts.services.authenticate(credential);
    } catch (error) {
      if (!isUnauthenticated(error)) return;
      closeTo(socket, expires(principal) ? CloseCode.Forbidden : CloseCode.Unauthorized, 'UNAUTHENTICATED');
    }
  }

  /**
   * Counts the bytes of a message that is not whole yet: `ws` holds them, and bounds only each message alone. Before a client has
   * authenticated, all its bytes count.
   */
  function countUnfinished(raw: Duplex, extra: Extra): void {
    const { socket } = extra;
    let received = 0;
    let held = 0;
    const holder = () => extra.holder?.tenant ?? '';
    const less = (bytes: number) => {
      if (!extra.holder) return;
      received = Math.max(0, received - bytes);
      const given = Math.min(held, bytes);
      held -= given;
      bodies.give(holder(), given);
    };
    // Before `ws` reads it, so that the end of a message comes after its last bytes.
    raw.prependListener('data', (chunk: Buffer) => {
      if (socket.readyState !== socket.OPEN) return;
      received += chunk.length;
      if (!extra.holder) {
        if (received > maxUnauthenticatedBytes + frameBytes) closeTo(socket, 1009, tooLongUnauthenticated);
      } else if (bodies.hold(holder(), chunk.length)) held += chunk.length;
      else closeTo(socket, 1013, 'UNAVAILABLE');
    });
    const finished = () => less(Number.POSITIVE_INFINITY);
    socket.on('message', finished);
    socket.on('close', finished);
    // Control frames may also come between the pieces of a message.
    for (const event of ['ping', 'pong'] as const) {
      socket.on(event, (data: Buffer) => less(data.length + controlFrameBytes));
    }
  }

  function connected(socket: WebSocket, raw: Duplex, request: IncomingMessage, onAuthenticated: () => void): void {
    const extra: Extra = {
      socket,
      request,
      credential: undefined,
      onAuthenticated,
      principal: undefined,
      holder: undefined,
      subscriptions: 0,
    };
    countUnfinished(raw, extra);
    const peer = createPeer(socket, budgets.limits, (bytes) =>
      extra.holder ? budgets.unread(extra.holder, bytes, () => socket.terminate()) : () => {},
    );
    let alive = true;
    const closed = server.opened(
      {
        protocol: socket.protocol,
        // A subscription waits for a slow reader.
        send: (text) => peer.send(spliceJsonTexts(text)),
        close: (code, reason) => closeTo(socket, code, reason),
        // Without the ping's payload, which graphql-ws would send back to anybody.
        onPing: () => peer.send('{"type":"pong"}'),
        onMessage: (handle) => {
          const take = messages.of({
            socket,
            principal: () => extra.principal,
            // graphql-ws accepts a parsed message; its own JSON.parse would lose the text of the values.
            handle: (message) => handle(message as string),
            onFailed: (error) => {
              presenter.error(error, requestIdOf(request));
              closeTo(socket, CloseCode.InternalServerError, 'Internal error');
            },
          });
          socket.on('message', take);
        },
      },
      extra,
    );
    socket.on('pong', () => {
      alive = true;
    });
    const pinging = setInterval(() => {
      if (!alive) return socket.terminate();
      alive = false;
      socket.ping();
      if (extra.subscriptions > 0) void checkAccess(extra);
    }, heartbeatMs);
    // `ws` closes by itself after an error.
    socket.on('error', () => awaitClose(socket));
    socket.on('close', (code, reason) => {
      clearInterval(pinging);
      closed(code, String(reason)).catch((error: unknown) => presenter.error(error, requestIdOf(request)));
    });
  }

  return {
    upgrade(request, socket, head) {
      const leave = connections.unauthenticated(clientOf(parts.originOf(request)));
      if (!leave) {
        endUpgrade(socket, request, '429 Too Many Requests', 'Retry-After: 5\r\n');
        return;
      }
      socket.once('close', leave);
      sockets.handleUpgrade(request, socket, head, (accepted) => connected(accepted, socket, request, leave));
    },
    count: () => sockets.clients.size,
    async close() {
      const open = [...sockets.clients];
      const ended = Promise.all(open.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
      for (const socket of open) closeTo(socket, 1001, 'Going away');
      await ended;
      sockets.close();
    },
  };
}

/**
 * Releases an answer's memory after graphql-ws has written it, which it does before the event loop's next turn. What its reader has not
 * read yet counts by itself.
 */
function endOnceWritten({ making: { answer } }: Call): void {
  if (answer?.isReserved) setImmediate(() => answer.end());
}

const isUnauthenticated = (error: unknown): boolean => error instanceof ApiError && error.code === 'UNAUTHENTICATED';

/** Whether the credential is a token that expires by itself; the client can have the next one by now. A session has no next one. */
const expires = (principal: Principal | undefined): boolean =>
  principal?.kind === 'USER' && principal.session === undefined;

/**
 * Closes the connection when its credential has expired: clients connect again with a valid one and miss nothing. A
 * revoked key or link is reported as an error, after which clients do not come back.
 *
 * @param shown - an error as the client sees it
 */
function untilExpired<T>(
  stream: AsyncIterableIterator<T>,
  { socket, principal }: Extra,
  shown: (error: unknown) => Error,
): AsyncIterableIterator<T> {
  return {
    async next() {
      try {
        return await stream.next();
      } catch (error) {
        // Clients take an error as the end; after this code they come back, and miss nothing.
        if (isOutage(error)) closeTo(socket, 1013, 'UNAVAILABLE');
        else if (isUnauthenticated(error) && expires(principal)) {
          closeTo(socket, CloseCode.Forbidden, 'UNAUTHENTICATED');
        } else throw shown(error);
        return { done: true, value: undefined };
      }
    },
    return: () => stream.return?.() ?? Promise.resolve({ done: true, value: undefined }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
