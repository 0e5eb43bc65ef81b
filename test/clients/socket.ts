import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { resuming } from './resuming.ts';

/** A socket that comes back after every loss, and then misses nothing. */
export const openSocket = (url: string, key: string) =>
  resuming(
    createClient({
      url: `${url.replace(/^http/, 'ws')}/graphql`,
      // A function, so that each connection can have a fresh credential.
      connectionParams: () => ({ authorization: `Bearer ${key}` }),
      retryAttempts: Number.POSITIVE_INFINITY,
      // Browsers have their own, and so has Node from version 22 on.
      webSocketImpl: WebSocket,
    }),
  );
