import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the bench asks of its receiver, a process of its own. */
export type ReceiverRequest = { readonly ask: 'reset' } | { readonly ask: 'report' };

/** What came since the last reset. */
export interface ReceiverReport {
  readonly count: number;
  /** When the last request came, milliseconds since the epoch. */
  readonly lastAt: number;
  /** Publish to receive, in milliseconds, of requests to paths other than `/dead`. */
  readonly latencies: readonly number[];
  /** How late after the time given in their body requests to `/due` came, in milliseconds. */
  readonly arrivals: readonly number[];
}

let count = 0;
let lastAt = 0;
let latencies: number[] = [];
let arrivals: number[] = [];

const now = () => performance.timeOrigin + performance.now();

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    // It takes requests and never answers them.
    if (request.url === '/dead') return;
    lastAt = now();
    count++;
    const body = Buffer.concat(chunks).toString('latin1');
    const at = body.indexOf('"publishedAt":');
    if (at >= 0) latencies.push(lastAt - Number.parseFloat(body.slice(at + 14, at + 34)));
    // Refused until it is told to take them: these deliveries wait for their retry.
    if (request.url === '/due') arrivals.push(lastAt);
    response.statusCode = request.url === '/due' && arrivals.length <= refusals ? 503 : 200;
    response.end();
  });
});
let refusals = 0;

process.on('message', (message: ReceiverRequest & { refusals?: number }) => {
  if (message.ask === 'reset') {
    count = 0;
    lastAt = 0;
    latencies = [];
    arrivals = [];
    refusals = message.refusals ?? 0;
    process.send?.({ done: true });
  } else {
    process.send?.({ count, lastAt, latencies, arrivals } satisfies ReceiverReport);
  }
});
process.on('disconnect', () => process.exit(0));
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
