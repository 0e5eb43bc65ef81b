import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionArgs, GraphQLError, type GraphQLFormattedError } from 'graphql';
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Context, createContext } from '../../schema/context.ts';
import type { Origin } from '../access/principal.ts';
import { ApiError } from '../errors.ts';
import type { Prepared } from './graphql.ts';
import { authenticated, type GraphQLTransportParts } from './graphqlOverHttp.ts';
import { readJsonBody, spliceJsonTexts } from './jsonText.ts';
import { parseParams } from './requestParser.ts';

/** Operations that one socket may have under way. */
const mostOperations = 100;
/** How long a socket may stay without `connection_init`, in milliseconds. */
const initialisationMs = 5_000;
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
export function createGraphQLSockets(parts: GraphQLTransportParts): GraphQLSockets {
  const { services, engine, presenter, limits, mostBytes } = parts;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: mostBytes,
    perMessageDeflate: false,
    handleProtocols: (protocols) => handleProtocols(protocols),
  });
  /** What is wrong with the JSON of a message, by the payload that was read from it. */
  const problems = new WeakMap<object, ApiError>();
  let incoming = '';

  const principalOf = ({ authorization, origin }: Extra) => authenticated(parts, authorization, origin);
  const contextOf = async (extra: Extra) => createContext(services, await principalOf(extra), extra.authorization);

  const server = makeServer<{ authorization?: unknown }, Extra>({
    connectionInitWaitTimeout: initialisationMs,
    // The text of a message is read once more, as a whole, to keep what JSON.parse loses. The reviver is called last for it.
    jsonMessageReviver: (key, value) => {
      if (key !== '') return value;
      const { value: message, problem } = readJsonBody(incoming);
      const payload = (message as { payload?: unknown } | null)?.payload;
      if (problem && typeof payload === 'object' && payload !== null) problems.set(payload, problem);
      return message;
    },
    async onConnect({ connectionParams, extra }) {
      const { authorization } = connectionParams ?? {};
      extra.authorization = typeof authorization === 'string' ? authorization : undefined;
      try {
        await principalOf(extra);
        return true;
      } catch (error) {
        const { code } = presenter.error(error).extensions as { code: string };
        // What passes is worth another try, and clients know that by the code; a wrong key is not.
        extra.socket.close(code === 'UNAUTHENTICATED' ? CloseCode.Unauthorized : 1013, code);
        return false;
      }
    },
    async onSubscribe({ extra, subscriptions }, _id, payload) {
      try {
        const problem = problems.get(payload);
        if (problem) throw problem;
        if (Object.keys(subscriptions).length > mostOperations) {
          throw new ApiError('LIMIT_EXCEEDED', `A connection has at most ${mostOperations} operations under way.`);
        }
        const contextValue = await contextOf(extra);
        await limits.operation(contextValue.principal);
        const prepared = engine.prepare(parseParams(payload));
        if ('refused' in prepared) return (prepared.refused.errors ?? []).map((error) => new Refusal(error));
        return { prepared, contextValue, document: prepared.document } as unknown as Arguments;
      } catch (error) {
        return [new Refusal(presenter.error(error))];
      }
    },
    execute: (args) => {
      const { prepared, contextValue } = args as Arguments;
      return engine.execute(prepared, contextValue) as never;
    },
    subscribe: async (args) => {
      const { prepared, contextValue } = args as Arguments;
      const { authorization } = contextValue;
      const renew = async () => createContext(services, await services.authenticate(authorization), authorization);
      const stream = await engine.subscribe(prepared, contextValue, renew);
      return ('refused' in stream ? stream.refused : stream) as never;
    },
    // Results hold errors that are presented already, which have no `toJSON` for graphql-ws to call.
    onNext: (_context, _id, _payload, _args, result) => result as never,
    onError: (_context, _id, _payload, errors) =>
      errors.map((error) => (error instanceof Refusal ? error.shown : presenter.error(error.originalError ?? error))),
  });

  sockets.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    const extra: Extra = { socket, origin: parts.originOf(request), authorization: undefined };
    let alive = true;
    const closed = server.opened(
      {
        protocol: socket.protocol,
        // Resolves once the text is handed on: a subscription waits for a reader that is slow.
        send: (text) =>
          new Promise((resolve, reject) => {
            if (socket.readyState !== socket.OPEN) return resolve();
            socket.send(spliceJsonTexts(text), (error) => (error ? reject(error) : resolve()));
          }),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) => {
          socket.on('message', (data) => {
            incoming = String(data);
            // The message is parsed before the first pause, while `incoming` is its text.
            handle(incoming).catch((error: unknown) => {
              presenter.error(error);
              socket.close(CloseCode.InternalServerError, 'Internal error');
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
    // Errors of a socket are followed by its close.
    socket.on('error', () => {});
    socket.on('close', (code, reason) => {
      clearInterval(pinging);
      closed(code, String(reason)).catch((error: unknown) => presenter.error(error));
    });
  });

  return {
    upgrade(request, socket, head) {
      sockets.handleUpgrade(request, socket, head, (accepted) => sockets.emit('connection', accepted, request));
    },
    count: () => sockets.clients.size,
    async close() {
      const open = [...sockets.clients];
      const ended = Promise.all(open.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
      for (const socket of open) socket.close(1001, 'Going away');
      // A peer that does not answer the close is not waited for.
      const impatient = setTimeout(() => {
        for (const socket of open) socket.terminate();
      }, 2_000);
      await ended;
      clearTimeout(impatient);
      sockets.close();
    },
  };
}
