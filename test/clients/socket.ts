import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { resuming } from './resuming.ts';

/** A socket that comes back after every loss, and then misses nothing. */
export function openSocket(url: string, key: string) {
  let unanswered: ReturnType<typeof setTimeout> | undefined;
  const socket: Client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    // A function, so that each connection can have a fresh credential.
    connectionParams: () => ({ authorization: `Bearer ${key}` }),
    retryAttempts: Number.POSITIVE_INFINITY,
    // A connection can die without a word. Where a ping has no answer, it is given up for a new one.
    keepAlive: 10_000,
    on: {
      ping: (received) => {
        if (!received) unanswered = setTimeout(() => socket.terminate(), 5_000);
      },
      pong: (received) => {
        if (received) clearTimeout(unanswered);
      },
      closed: () => clearTimeout(unanswered),
    },
    // Browsers have their own, and so has Node from version 22 on.
    webSocketImpl: WebSocket,
  });
  return resuming(socket);
}
