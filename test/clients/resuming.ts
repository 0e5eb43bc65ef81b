import type { Client } from 'graphql-ws';

/**
 * A socket whose subscriptions go on after the last change that came: graphql-ws opens a lost connection again by itself, and
 * sends each subscription's variables as they are then.
 */
export const resuming = (socket: Client): Client => ({
  ...socket,
  subscribe(request, sink) {
    const variables: Record<string, unknown> = { ...request.variables };
    return socket.subscribe(
      { ...request, variables },
      {
        ...sink,
        next(result) {
          for (const change of Object.values(result.data ?? {})) {
            const { cursor } = (change ?? {}) as { cursor?: string };
            if (cursor !== undefined) variables.after = cursor;
          }
          sink.next(result as never);
        },
      },
    );
  },
});
