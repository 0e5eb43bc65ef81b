import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A receiver's report to the demo for each request that it answered. */
export interface Receipt {
  /** The id by which the profile's receivers tell what came twice: the event's or the delivery's. */
  readonly id: string;
  readonly verified: boolean;
  readonly status: number;
  /** When it was answered, milliseconds since the epoch. */
  readonly at: number;
}

export interface Received {
  readonly headers: IncomingHttpHeaders;
  /** The received bytes, which are signed. */
  readonly body: Buffer;
  /** The secret that signs the webhook's deliveries. */
  readonly secret: string;
}

/**
 * Serves a receiver on a free loopback port, in a process of its own. It sends its parent the port and a receipt for each
 * request; the parent sends it the secret, which exists only once the webhook does. Until then requests wait.
 *
 * @param answer - finds the sender and decides the answer
 */
export function listen(answer: (received: Received) => Omit<Receipt, 'at'>): void {
  const secretTold = new Promise<string>((resolve) => process.once('message', (secret: string) => resolve(secret)));
  const server = createServer(async (request, response) => {
    try {
      const received = { headers: request.headers, body: await buffer(request), secret: await secretTold };
      const { id, verified, status } = answer(received);
      // Sent before the answer, so that the demo has the receipt when Everhook has the answer.
      const receipt: Receipt = { id, verified, status, at: Date.now() };
      process.send?.(receipt, () => response.writeHead(status).end());
    } catch {
      // A request that broke off, or does not come from Everhook.
      response.writeHead(401).end();
    }
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  untilParentEnds();
}

/** Lets the demo end its receivers last: Ctrl-C reaches its whole process group at once. */
export function untilParentEnds(): void {
  process.on('SIGINT', () => {});
  process.once('disconnect', () => process.exit());
}
