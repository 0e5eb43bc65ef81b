import { once } from 'node:events';
import { connect, createServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';

/** A Temporal that others administer, or parts of which are away: it forwards everything else to the real one. */
export interface GuardedTemporal {
  readonly address: string;
  /** Whether calls of the operator service are refused. */
  guarded: boolean;
  /** The calls that were refused. */
  readonly refused: string[];
  /** Calls whose paths match are answered as where the service behind Temporal's frontend is away. */
  away: RegExp | null;
  close(): Promise<void>;
}

const permissionDenied = '7';
const unavailable = '14';

export async function guardTemporal(address: string): Promise<GuardedTemporal> {
  const upstream = connect(`http://${address}`);
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer();
  const guard = { guarded: true, refused: [] as string[], away: null as RegExp | null };
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream, headers) => {
    const path = String(headers[':path']);
    const isForbidden = guard.guarded && path.includes('.operatorservice.');
    if (isForbidden || guard.away?.test(path)) {
      guard.refused.push(path);
      stream.respond(
        {
          ':status': 200,
          'content-type': 'application/grpc',
          'grpc-status': isForbidden ? permissionDenied : unavailable,
          'grpc-message': isForbidden ? 'Request unauthorized.' : 'Not enough hosts to serve the request.',
        },
        { endStream: true },
      );
      return;
    }
    const request = upstream.request({ ...headers, ':authority': address });
    stream.on('error', () => request.destroy());
    request.on('error', () => stream.destroy());
    request.on('response', (answer, flags) => {
      // Its caller has left meanwhile.
      if (stream.destroyed) return;
      // Trailers alone: an error without an answer.
      if ((flags & 1) !== 0) stream.respond(answer, { endStream: true });
      else stream.respond(answer, { waitForTrailers: true });
    });
    let trailers: object = {};
    request.on('trailers', (received) => {
      trailers = received;
    });
    stream.on('wantTrailers', () => stream.destroyed || stream.sendTrailers(trailers as never));
    stream.pipe(request);
    request.pipe(stream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(guard, {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const session of sessions) session.destroy();
      upstream.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
