import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as the tracker saw it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly userAgent: string | undefined;
  readonly acceptEncoding: string | undefined;
}

export interface TrackerAnswer {
  readonly code: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes and texts as they are; anything else as JSON. */
  readonly body?: unknown;
}

/** What is known of an issue by every fake. */
export interface FakeIssue {
  title: string;
  state: string;
  assignee: string | null;
  priority: string | null;
  changedAt: Date;
}

/**
 * A tracker's API over real HTTP, in the shape that its documentation publishes. What is answered next may be replaced, to
 * limit, fail or never answer.
 */
export abstract class FakeTracker {
  readonly asked: Asked[] = [];
  /** Answers for the next requests for issues, before the usual ones; null never answers. */
  readonly next: (TrackerAnswer | null)[] = [];
  /** In place of every answer, where it is there. */
  always: TrackerAnswer | null = null;
  /** What every answer waits for. */
  held: Promise<unknown> | null = null;
  /** What becomes of the text of every answer. */
  edited: (text: string) => string = (text) => text;
  /** What every answer has. */
  addedHeaders: Readonly<Record<string, string>> = {};
  /** What every request must carry. */
  abstract readonly authorization: string;
  /** Most requests that waited for their answers at once. */
  mostAtOnce = 0;
  readonly #server: Server;
  #open = 0;
  #watchers: (() => void)[] = [];

  constructor() {
    this.#server = createServer((request, response) => {
      this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#open);
      response.on('close', () => this.#open--);
      request.resume();
      request.on('end', async () => {
        const answer = this.#answer(request);
        if (answer === null) return;
        await this.held;
        const headers = { 'content-type': 'application/json; charset=utf-8', ...this.addedHeaders, ...answer.headers };
        response.writeHead(answer.code, headers);
        const { body = {} } = answer;
        response.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : this.edited(JSON.stringify(body)));
      });
    });
  }

  /** How often an issue was asked for. */
  get fetches(): number {
    return this.asked.filter((each) => this.isFetch(each)).length;
  }

  /** Resolves when issues were asked for so often. */
  async fetched(count: number): Promise<void> {
    while (this.fetches < count) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  protected abstract isFetch(asked: Asked): boolean;
  /** The documented answer to a request that is allowed. */
  protected abstract reply(asked: Asked): TrackerAnswer;
  protected abstract unauthorized(): TrackerAnswer;

  #answer(request: IncomingMessage): TrackerAnswer | null {
    const asked: Asked = {
      method: request.method ?? '',
      path: request.url ?? '',
      authorization: request.headers.authorization,
      userAgent: request.headers['user-agent'],
      acceptEncoding: request.headersDistinct['accept-encoding']?.join(', '),
    };
    this.asked.push(asked);
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
    if (this.always) return this.always;
    if (this.isFetch(asked) && this.next.length > 0) return this.next.shift() ?? null;
    if (asked.authorization !== this.authorization) return this.unauthorized();
    return this.reply(asked);
  }
}
