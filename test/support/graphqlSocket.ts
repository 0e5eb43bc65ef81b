import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A message of graphql-transport-ws. */
export interface Message {
  readonly id?: string;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the shape that it asked for.
  readonly payload?: any;
}

/** A socket that speaks the protocol by hand, so that a test sees every message and close code. */
export class GraphQLSocket {
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
  readonly #texts: string[] = [];
  #wake: () => void = () => {};

  constructor(url: string, protocol = 'graphql-transport-ws') {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, protocol);
    this.socket.on('message', (data) => {
      this.#texts.push(String(data));
      this.#wake();
    });
    this.closed = new Promise((resolve) => this.socket.on('close', resolve));
    this.socket.on('error', () => {});
  }

  async open(authorization?: string): Promise<this> {
    await once(this.socket, 'open');
    if (authorization !== undefined) {
      this.send({ type: 'connection_init', payload: { authorization: `Bearer ${authorization}` } });
      const answer = await this.nextText();
      if (answer !== '{"type":"connection_ack"}') throw new Error(`The connection was not acknowledged: ${answer}`);
    }
    return this;
  }

  send(message: object | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  subscribe(id: string, query: string, variables?: object): void {
    this.send({ id, type: 'subscribe', payload: { query, variables } });
  }

  async nextText(): Promise<string> {
    while (this.#texts.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#texts.shift() as string;
  }

  async next(): Promise<Message> {
    return JSON.parse(await this.nextText());
  }
}
