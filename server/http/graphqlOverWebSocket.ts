import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionArgs, GraphQLError, type GraphQLFormattedError } from 'graphql';
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Context, createContext } from '../../schema/context.ts';
import type { Origin, Principal } from '../access/principal.ts';
import { principalOf, tenantOf } from '../access/tenant.ts';
import { spliceJsonTexts } from '../answers/answerText.ts';
import { type Holder, holderOf } from '../answers/budgets.ts';
import { ApiError } from '../errors.ts';
import { Places, SharedPlaces } from '../places.ts';
import type { Prepared } from './graphql.ts';
import { authenticated, type GraphQLTransportParts, preparedFor } from './graphqlOverHttp.ts';
import { readJsonBody } from './jsonText.ts';
import { clientOf } from './origin.ts';
import { parseParams } from './requestParser.ts';
import { awaitClose, closeTo, createPeer } from './socketPeer.ts';

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
/** Sockets that an address may have open without a key. Behind a proxy that is not trusted, everybody has its address. */
const mostStrangers = 256;
/** Sockets that a principal may have open. */
const mostOfPrincipal = 500;
/** Sockets that all may have open, and subscriptions over them: one organization alone three quarters of them. */
export interface SocketPlaces {
  readonly sockets: number;
  readonly subscriptions: number;
}

const usualPlaces: SocketPlaces = { sockets: 6_000, subscriptions: 20_000 };
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
  readonly origin: Origin;
  authorization: string | undefined;
  /** Called once it is known who is there. */
  readonly introduced: () => void;
  /** On whose account answers wait to be read; undefined until it is known. */
  holder: Holder | undefined;
}

/** What an operation over a socket carries from its check to its run. */
interface Arguments extends ExecutionArgs {
  readonly prepared: Prepared;
  readonly contextValue: Context;
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
export function createGraphQLSockets(parts: GraphQLTransportParts, most: Partial<SocketPlaces> = {}): GraphQLSockets {
  const { services, engine, presenter, limits, mostBytes, budgets, bodies } = parts;
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

  const strangers = new Places(mostStrangers);
  const principals = new Places(mostOfPrincipal);
  const places = new SharedPlaces(most.sockets ?? usualPlaces.sockets);
  const subscriptions = new SharedPlaces(most.subscriptions ?? usualPlaces.subscriptions);

  const identify = ({ authorization, origin }: Extra) => authenticated(parts, authorization, origin);
  const contextOf = (principal: Principal, authorization: string | undefined) =>
    createContext(services, principal, authorization, budgets.operation(holderOf(principal)));

  const server = makeServer<{ authorization?: unknown }, Extra>({
    connectionInitWaitTimeout: initializationMs,
    async onConnect({ connectionParams, extra }) {
      const { authorization } = connectionParams ?? {};
      extra.authorization = typeof authorization === 'string' ? authorization : undefined;
      try {
        const principal = await identify(extra);
        if (extra.socket.readyState !== extra.socket.OPEN) return false;
        const leave = principals.take(principalOf(principal));
        if (!leave) throw new ApiError('RATE_LIMITED', `A principal has at most ${mostOfPrincipal} sockets.`);
        extra.socket.once('close', leave);
        const giveBack = places.place(tenantOf(principal));
        if (!giveBack) throw full('sockets');
        extra.socket.once('close', giveBack);
        extra.holder = holderOf(principal);
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
        const problem = problems.get(payload);
        if (problem) throw problem;
        if (underWay > mostOperations) {
          throw new ApiError('LIMIT_EXCEEDED', `A connection has at most ${mostOperations} operations under way.`);
        }
        const prepared = await preparedFor(parts, principal, parseParams(payload));
        if ('refused' in prepared) return (prepared.refused.errors ?? []).map((error) => new Refusal(error));
        const contextValue = contextOf(principal, extra.authorization);
        return { prepared, contextValue, document: prepared.document } as unknown as Arguments;
      } catch (error) {
        return [new Refusal(presenter.error(error))];
      }
    },
    execute: (args) => {
      const { prepared, contextValue } = args as Arguments;
      return engine.execute(prepared, contextValue).catch((error) => ({ errors: [presenter.error(error)] })) as never;
    },
    subscribe: async (args) => {
      const { prepared, contextValue } = args as Arguments;
      const { authorization } = contextValue;
      const renew = async () => contextOf(await services.authenticate(authorization), authorization);
      const leave = subscriptions.place(tenantOf(contextValue.principal));
      if (!leave) return { errors: [presenter.error(full('subscriptions'))] } as never;
      const stream = await engine.subscribe(prepared, contextValue, renew).catch((error) => {
        leave();
        throw error;
      });
      if (!('refused' in stream)) return leaving(stream, leave) as never;
      leave();
      return stream.refused as never;
    },
    // Results hold errors that are presented already, which have no `toJSON` for graphql-ws to call.
    onNext: (_context, _id, _payload, _args, result) => result as never,
    onError: (_context, _id, _payload, errors) =>
      errors.map((error) => (error instanceof Refusal ? error.shown : presenter.error(error.originalError ?? error))),
  });

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

  function connected(socket: WebSocket, raw: Duplex, origin: Origin, introduced: () => void): void {
    const extra: Extra = { socket, origin, authorization: undefined, introduced, holder: undefined };
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
      const origin = parts.originOf(request);
      const leave = strangers.take(clientOf(origin));
      if (!leave) {
        socket.end(
          'HTTP/1.1 429 Too Many Requests\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
        );
        return;
      }
      socket.once('close', leave);
      sockets.handleUpgrade(request, socket, head, (accepted) => connected(accepted, socket, origin, leave));
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

const full = (what: string) =>
  new ApiError(
    'UNAVAILABLE',
    `This process serves no more ${what} of this organization now. Try again in 5 s, or close some.`,
    undefined,
    5,
  );

/** A subscription that tells when it has ended. */
function leaving<T>(stream: AsyncIterableIterator<T>, leave: () => void): AsyncIterableIterator<T> {
  return {
    async next() {
      try {
        const result = await stream.next();
        if (result.done) leave();
        return result;
      } catch (error) {
        leave();
        throw error;
      }
    },
    async return() {
      leave();
      return (await stream.return?.()) ?? { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
