import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as a receiver saw it. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values as they came, in their order. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
  readonly at: number;
}

/** A receiver's answer: a code, or a code with headers and body; null never answers. */
export type Answer = number | { code: number; headers?: Record<string, string>; body?: string } | null;

/** A real HTTP server that keeps its requests. */
export class Receiver {
  readonly received: Received[] = [];
  readonly #server: Server;
  #watchers: (() => void)[] = [];

  constructor(answer: (request: Received, count: number) => Answer | Promise<Answer> = () => 200) {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', async () => {
        const received = {
          method: request.method ?? '',
          path: request.url ?? '',
          headers: request.headers,
          rawHeaders: request.rawHeaders,
          body: Buffer.concat(chunks).toString('utf8'),
          at: Date.now(),
        };
        this.received.push(received);
        for (const watcher of this.#watchers) watcher();
        const given = await answer(received, this.received.length);
        if (given === null) return;
        const { code, headers = {}, body = '' } = typeof given === 'number' ? { code: given } : given;
        response.writeHead(code, headers).end(body);
      });
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Resolves when this many requests have arrived. */
  async count(wanted: number): Promise<readonly Received[]> {
    while (this.received.length < wanted) await new Promise<void>((resolve) => this.#watchers.push(resolve));
    this.#watchers = [];
    return this.received;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
