import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionArgs, type ExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql';
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import { isAsyncIterable } from 'graphql-yoga';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Principal } from '../../core/access/principal.ts';
import { tenantOf } from '../../core/access/tenant.ts';
import { spliceJsonTexts } from '../../core/answers/answerText.ts';
import { type AnswerHolder, answerHolderOf } from '../../core/answers/budgets.ts';
import { ApiError } from '../../core/ground/errors.ts';
import { readJsonBody } from '../../core/json/body.ts';
import { leaving } from './asyncIterator.ts';
import { authenticated } from './authenticated.ts';
import { clientOf } from './origin.ts';
import { preparedFor } from './preparedFor.ts';
import { parseParams } from './requestParser.ts';
import { awaitClose, closeTo, createPeer } from './socketPeer.ts';
import type { GraphQLTransportParts } from './transportParts.ts';
import { type Call, type Caller, callerOf } from './yoga/call.ts';
import type { YogaServer } from './yoga/yoga.ts';

/** Operations that one socket may have under way. */
const mostOperations = 100;
/** How long a socket may stay without `connection_init`, in milliseconds. */
const initializationMs = 5_000;
/** Longest message, in bytes, of who has not said yet who they are. A credential has 4 KiB at most. */
const mostOfStranger = 16 * 1024;
const tooLongOfStranger = `Before it is acknowledged, a message has at most ${mostOfStranger} bytes.`;
/** What frames add to a message that comes in a few pieces. */
const frameBytes = 1_024;
/** What a frame of a client's has beside its payload of at most 125 bytes. */
const controlFrameBytes = 6;
/** How often a socket is asked whether it lives, in milliseconds. */
const pingMs = 15_000;

export interface GraphQLSockets {
  /** Takes over an HTTP connection that asked for an upgrade. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends every socket with 1001, so that clients connect again elsewhere. */
  close(): Promise<void>;
  count(): number;
}

interface Extra {
  readonly socket: WebSocket;
  /** What asked for the upgrade. */
  readonly request: IncomingMessage;
  authorization: string | undefined;
  /** Called once it is known who is there. */
  readonly introduced: () => void;
  /** Who is there; undefined until it is known. */
  principal: Principal | undefined;
  /** On whose account answers wait to be read. */
  holder: AnswerHolder | undefined;
  /** Subscriptions under way. */
  subscriptions: number;
}

/** What an operation over a socket carries from its check to its run: what Yoga and its plugins run it by. */
interface Arguments extends ExecutionArgs {
  readonly contextValue: Call;
  readonly enveloped: ReturnType<YogaServer['yoga']['getEnveloped']>;
  readonly extra: Extra;
}

/** An error that is presented already. */
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

/** GraphQL over WebSocket (graphql-transport-ws). Each operation is authorized anew, by what the connection was opened with. */
export function createGraphQLSockets(parts: GraphQLTransportParts, { yoga }: YogaServer): GraphQLSockets {
  const { presenter, limits, mostBytes, budgets, bodies, entrance, connections, documents } = parts;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: mostBytes,
    perMessageDeflate: false,
    handleProtocols: (protocols) => handleProtocols(protocols),
  });
  /** What is wrong with the JSON of a message, by the payload that was read from it. */
  const problems = new WeakMap<object, ApiError>();

  /** A message as a value; null, which is no message, where it is no JSON. */
  function read(text: string): unknown {
    const { value, problem } = readJsonBody(text);
    if (problem === null) return value;
    const payload = (value as { payload?: unknown } | null)?.payload;
    if (typeof payload !== 'object' || payload === null) return null;
    problems.set(payload, problem);
    return value;
  }

  const identify = ({ authorization, request }: Extra) => authenticated(parts, authorization, parts.originOf(request));

  const server = makeServer<{ authorization?: unknown }, Extra>({
    connectionInitWaitTimeout: initializationMs,
    async onConnect({ connectionParams, extra }) {
      const { authorization } = connectionParams ?? {};
      extra.authorization = typeof authorization === 'string' ? authorization : undefined;
      try {
        const principal = await identify(extra);
        if (extra.socket.readyState !== extra.socket.OPEN) return false;
        extra.socket.once('close', connections.connection(principal));
        extra.principal = principal;
        extra.holder = answerHolderOf(principal);
        extra.introduced();
        return true;
      } catch (error) {
        const { code } = presenter.error(error).extensions as { code: string };
        // What passes is worth another try, and clients know that by the code; a wrong key is not.
        closeTo(extra.socket, code === 'UNAUTHENTICATED' ? CloseCode.Unauthorized : 1013, code);
        return false;
      }
    },
    async onSubscribe({ extra, subscriptions }, _id, payload) {
      // As it arrives: those that arrive while it is looked at are refused before it is.
      const underWay = Object.keys(subscriptions).length;
      try {
        const principal = await identify(extra);
        // What is refused counts as well: it costs a look and an answer.
        await limits.operation(principal);
        await entrance.enter(tenantOf(principal));
        const problem = problems.get(payload);
        if (problem) throw problem;
        if (underWay > mostOperations) {
          throw new ApiError('LIMIT_EXCEEDED', `A connection has at most ${mostOperations} operations under way.`);
        }
        const params = documents.resolve(parseParams(payload), tenantOf(principal));
        const prepared = await preparedFor(parts, principal, params);
        if ('refused' in prepared) return (prepared.refused.errors ?? []).map((error) => new Refusal(error));
        const { authorization, request: req, socket } = extra;
        const caller: Caller = { principal, authorization, holder: answerHolderOf(principal) };
        const enveloped = yoga.getEnveloped({ req, socket, params, caller, prepared });
        const document = enveloped.parse(params.query);
        const errors = enveloped.validate(enveloped.schema, document);
        if (errors.length > 0) return errors;
        const args: Arguments = {
          schema: enveloped.schema,
          document,
          contextValue: await enveloped.contextFactory(),
          variableValues: params.variables ?? null,
          operationName: params.operationName ?? null,
          enveloped,
          extra,
        };
        return args;
      } catch (error) {
        if (isUnauthenticated(error) && expires(extra.principal))
          closeTo(extra.socket, CloseCode.Forbidden, 'UNAUTHENTICATED');
        return [new Refusal(presenter.error(error))];
      }
    },
    execute: async (args) => {
      const { enveloped } = args as Arguments;
      try {
        return await enveloped.execute(args);
      } catch (error) {
        return { errors: [presenter.error(error)] } as never;
      }
    },
    subscribe: async (args) => {
      const { enveloped, contextValue, extra } = args as Arguments;
      let leave: (() => void) | undefined;
      try {
        leave = connections.subscription(callerOf(contextValue).principal);
        const stream = await enveloped.subscribe(args);
        if (!isAsyncIterable(stream)) {
          leave();
          return stream;
        }
        extra.subscriptions += 1;
        const left = leave;
        const ended = leaving(stream as AsyncIterableIterator<ExecutionResult>, () => {
          left();
          extra.subscriptions -= 1;
        });
        return untilExpired(ended, extra);
      } catch (error) {
        leave?.();
        return { errors: [presenter.error(error)] } as never;
      }
    },
    onNext: (_context, _id, _payload, { document }, result) =>
      presenter.result(result as ExecutionResult, document) as never,
    onError: (_context, _id, _payload, errors) =>
      errors.map((error) => (error instanceof Refusal ? error.shown : presenter.error(error.originalError ?? error))),
  });

  /** What is silent is not told by the next event that its credential has ended. */
  async function checkAccess({ socket, principal, authorization }: Extra): Promise<void> {
    try {
      await parts.services.authenticate(authorization);
    } catch (error) {
      if (!isUnauthenticated(error)) return;
      closeTo(socket, expires(principal) ? CloseCode.Forbidden : CloseCode.Unauthorized, 'UNAUTHENTICATED');
    }
  }

  /** Counts what has come of a message that is not whole: `ws` holds it, and bounds each message alone. */
  function countUnfinished(raw: Duplex, extra: Extra): void {
    const { socket } = extra;
    let received = 0;
    let held = 0;
    const holder = () => extra.holder?.tenant ?? '';
    const less = (bytes: number) => {
      received = Math.max(0, received - bytes);
      const given = Math.min(held, bytes);
      held -= given;
      bodies.give(holder(), given);
    };
    // Before `ws` reads it, so that the end of a message comes after its last bytes.
    raw.prependListener('data', (chunk: Buffer) => {
      received += chunk.length;
      if (!extra.holder) {
        if (received > mostOfStranger + frameBytes) closeTo(socket, 1009, tooLongOfStranger);
      } else if (bodies.hold(holder(), chunk.length)) held += chunk.length;
      else closeTo(socket, 1013, 'UNAVAILABLE');
    });
    const finished = () => less(Number.POSITIVE_INFINITY);
    socket.on('message', finished);
    socket.on('close', finished);
    // Those come amid the pieces of a message, too.
    for (const event of ['ping', 'pong'] as const) {
      socket.on(event, (data: Buffer) => less(data.length + controlFrameBytes));
    }
  }

  function connected(socket: WebSocket, raw: Duplex, request: IncomingMessage, introduced: () => void): void {
    const extra: Extra = {
      socket,
      request,
      authorization: undefined,
      introduced,
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
        // A subscription waits for a reader that is slow.
        send: (text) => peer.send(spliceJsonTexts(text)),
        close: (code, reason) => closeTo(socket, code, reason),
        // Without what came with the ping, which graphql-ws would send back to anybody.
        onPing: () => peer.send('{"type":"pong"}'),
        onMessage: (handle) => {
          socket.on('message', (data: Buffer) => {
            if (socket.readyState !== socket.OPEN) return;
            if (!extra.holder && data.length > mostOfStranger) {
              return closeTo(socket, 1009, tooLongOfStranger);
            }
            // Read here, for graphql-ws takes what is read already, and its own JSON.parse would lose the text of the values.
            handle(read(String(data)) as string).catch((error: unknown) => {
              presenter.error(error);
              closeTo(socket, CloseCode.InternalServerError, 'Internal error');
            });
          });
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
    }, pingMs);
    // `ws` closes after an error by itself.
    socket.on('error', () => awaitClose(socket));
    socket.on('close', (code, reason) => {
      clearInterval(pinging);
      closed(code, String(reason)).catch((error: unknown) => presenter.error(error));
    });
  }

  return {
    upgrade(request, socket, head) {
      const leave = connections.stranger(clientOf(parts.originOf(request)));
      if (!leave) {
        socket.end(
          'HTTP/1.1 429 Too Many Requests\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
        );
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

const isUnauthenticated = (error: unknown): boolean => error instanceof ApiError && error.code === 'UNAUTHENTICATED';

/** Whether whoever it is comes with a token that ends by itself, and can have the next one by now. */
const expires = (principal: Principal | undefined): boolean => principal?.kind === 'USER';

/**
 * Closes the connection where what it was opened with has expired: clients open the next one with what is good then, and
 * miss nothing. That a key or a link was revoked is told as an error, after which they do not come back.
 */
function untilExpired<T>(stream: AsyncIterableIterator<T>, { socket, principal }: Extra): AsyncIterableIterator<T> {
  return {
    async next() {
      try {
        return await stream.next();
      } catch (error) {
        if (!isUnauthenticated(error) || !expires(principal)) throw error;
        closeTo(socket, CloseCode.Forbidden, 'UNAUTHENTICATED');
        return { done: true, value: undefined };
      }
    },
    return: () => stream.return?.() ?? Promise.resolve({ done: true, value: undefined }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
