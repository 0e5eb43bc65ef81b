import type { WebSocket } from 'ws';
import type { Principal } from '../../../core/access/principal.ts';
import { tenantOf } from '../../../core/access/tenant.ts';
import { ApiError } from '../../../core/ground/errors.ts';
import { problemOfRequest } from '../../../core/json/body.ts';
import { isObject } from '../../../core/json/isObject.ts';
import { parseJson } from '../../../core/json/parseJson.ts';
import { closeTo } from '../socketPeer.ts';
import type { GraphQLTransportParts } from '../transportParts.ts';

/** Longest message that is parsed as it arrives, in bytes; also the longest that is no operation. */
const shortBytes = 1_024;
/** What all messages of a client may have, in bytes, before it has authenticated. A credential has 4 KiB at most. */
export const maxUnauthenticatedBytes = 16 * 1024;
export const tooLongUnauthenticated = `Before it is acknowledged, a client sends at most ${maxUnauthenticatedBytes} bytes.`;
/** Messages before a client has authenticated: its credential, and pings. */
const maxUnauthenticated = 10;
const tooManyUnauthenticated = `Before it is acknowledged, a client sends at most ${maxUnauthenticated} messages.`;
const tooLongForNoOperation = `A message that is no operation has at most ${shortBytes} bytes.`;
/** What a message that waits takes beside its bytes. */
const overheadBytes = 512;

/** What is known of an operation by its payload. */
interface Source {
  /** The message as it came, until its variables were read. */
  unread: { readonly text: string; readonly message: unknown } | null;
  /** Of the message, in bytes. */
  readonly length: number;
}

/** A socket as its messages need it. */
export interface Receiving {
  readonly socket: WebSocket;
  /** Undefined until the client has authenticated. */
  readonly principal: () => Principal | undefined;
  /** Takes a parsed message. @returns resolves once all that it asked for is done */
  readonly handle: (message: unknown) => Promise<void>;
  readonly onFailed: (error: unknown) => void;
}

/**
 * The messages of GraphQL's sockets before they are operations. Nobody gets much of the thread by sending them: before the client has
 * authenticated they are few and short, and so are those that are no operations; a longer one waits for its organization's turn before it
 * is parsed, as a body does over HTTP, and its variables are read exactly once the operation may begin.
 */
export function createSocketMessages({ bodies, entrance, limits, longRequests }: GraphQLTransportParts) {
  const sources = new WeakMap<object, Source>();

  return {
    /** Reads the variables of an operation that may begin, and keeps their text. @throws ApiError VALIDATION_FAILED, LIMIT_EXCEEDED */
    readVariables(payload: object): void {
      const source = sources.get(payload);
      const unread = source?.unread;
      if (!source || !unread) return;
      source.unread = null;
      const problem = problemOfRequest(unread.text, unread.message);
      if (problem) throw problem;
    },

    /** Of an operation's message, in bytes. */
    lengthOf: (payload: object): number => sources.get(payload)?.length ?? 0,

    /** @returns takes the messages of a socket as they arrive */
    of(receiving: Receiving): (data: Buffer) => void {
      const { socket, principal, handle, onFailed } = receiving;
      let unauthenticated = 0;
      /** Operations that the client began and has not completed. */
      let begun = 0;
      /** Resolves when all that wait have been passed on; null if none waits. */
      let tail: Promise<void> | null = null;

      /** Passes a message on. @returns resolves when all that it asked for is done */
      function pass(data: Buffer, by: Principal | undefined): Promise<void> {
        const text = String(data);
        const message = parsed(text);
        if (message?.type === 'subscribe' && isObject(message.payload)) {
          begun += 1;
          const { id, type, payload } = message;
          sources.set(payload, { unread: { text, message }, length: data.length });
          return handle({ id, type, payload });
        }
        if (message && by) {
          if (data.length > shortBytes) {
            closeTo(socket, 1009, tooLongForNoOperation);
            return Promise.resolve();
          }
          if (message.type === 'complete' && begun > 0) begun -= 1;
          else limits.message(by).catch(() => closeTo(socket, 1013, 'RATE_LIMITED'));
        }
        return handle(message && withoutRest(message));
      }

      /** @param done - called when all that the message asked for is done */
      async function passInTurn(data: Buffer, by: Principal, done: () => void): Promise<void> {
        if (socket.readyState !== socket.OPEN) return done();
        const tenant = tenantOf(by);
        let end = () => {};
        const ended = () => {
          end();
          done();
        };
        try {
          end = await longRequests.begin(tenant, data.length);
          if (data.length > shortBytes) await entrance.enter(tenant);
          if (socket.readyState === socket.OPEN) pass(data, by).catch(onFailed).finally(ended);
          else ended();
        } catch (error) {
          // Also the place of a long request that was not let in.
          ended();
          closeTo(socket, 1013, error instanceof ApiError ? error.code : undefined);
        }
      }

      function wait(data: Buffer, by: Principal): void {
        const held = data.length + overheadBytes;
        const tenant = tenantOf(by);
        if (!bodies.hold(tenant, held)) {
          closeTo(socket, 1013, 'UNAVAILABLE');
          return;
        }
        const passed = (tail ?? Promise.resolve())
          .then(() => passInTurn(data, by, () => bodies.give(tenant, held)))
          .finally(() => {
            if (tail === passed) tail = null;
          });
        tail = passed;
      }

      return (data) => {
        if (socket.readyState !== socket.OPEN) return;
        const by = principal();
        if (by && (tail !== null || data.length > shortBytes)) return wait(data, by);
        if (!by) {
          unauthenticated += 1;
          if (unauthenticated > maxUnauthenticated) return closeTo(socket, 1008, tooManyUnauthenticated);
          if (data.length > maxUnauthenticatedBytes) return closeTo(socket, 1009, tooLongUnauthenticated);
        }
        pass(data, by).catch(onFailed);
      };
    },
  };
}

/** Null, which no message is, if it is not a JSON object. */
function parsed(text: string): Record<string, unknown> | null {
  try {
    const message = parseJson(text);
    return isObject(message) ? message : null;
  } catch {
    return null;
  }
}

/** What is read of a message that is no operation: the rest would be kept with the connection. */
function withoutRest({ id, type, payload }: Record<string, unknown>): unknown {
  if (type !== 'connection_init') return { id, type };
  return { type, payload: isObject(payload) ? { authorization: payload.authorization } : payload };
}
