import type { Socket } from 'node:net';
import { Client, type Dispatcher } from 'undici';
import type { Dialer, Endpoint } from './dial.ts';
import { correctParser } from './responseParser.ts';

/** Largest response head, in bytes. */
const MAX_HEADER_BYTES = 16 * 1024;
/** How long a connection waits for its next request, unless the receiver's `Keep-Alive` says less. Shorter than the
 *  5 s after which common servers close, so that a request seldom meets a closing connection. */
const IDLE_MS = 4_000;
const MAX_IDLE_MS = 30_000;

/** What a connection carries: a request, and what is called as its answer comes. */
export interface Carried extends Dispatcher.DispatchHandler {
  readonly options: Dispatcher.DispatchOptions;
  connection: Connection | null;
}

/**
 * One keep-alive connection to one endpoint, for one exchange at a time. Its address was vetted when it was dialled; after
 * the receiver closes it, the next exchange dials, and vets, anew.
 */
export class Connection {
  readonly #client: Client;
  readonly #onIdleClosed: (connection: Connection) => void;
  /** Whether an exchange was completed over it. */
  reused = false;
  #exchange: Carried | null = null;
  #giveUp: (() => void) | undefined;
  #socket: Socket | undefined;

  constructor(origin: string, endpoint: Endpoint, dialer: Dialer, onIdleClosed: (connection: Connection) => void) {
    this.#onIdleClosed = onIdleClosed;
    this.#client = new Client(origin, {
      pipelining: 1,
      // The exchange's own deadline bounds everything.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: MAX_IDLE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      connect: (_options, callback) => {
        this.#giveUp = dialer.dial(endpoint, (failure, socket) => {
          this.#giveUp = undefined;
          this.#socket = socket ?? undefined;
          if (socket) callback(null, socket);
          else callback(failure as Error, null);
        });
      },
    });
    this.#client.on('connect', () => {
      if (this.#socket) correctParser(this.#socket);
    });
    this.#client.on('disconnect', () => {
      if (!this.#exchange) this.#onIdleClosed(this);
    });
  }

  /** Whether part of a request still waits to be written, though its answer has come: no other request may follow it. */
  get unsent(): boolean {
    return this.#socket !== undefined && this.#socket.writableLength > 0;
  }

  carry(exchange: Carried): void {
    this.#exchange = exchange;
    exchange.connection = this;
    if (!this.reused) {
      this.#client.dispatch(exchange.options, exchange);
      return;
    }
    // undici waits for the event loop's next check phase before it writes to a used connection, but that may come before the
    // next poll. With one more turn there is a poll between, so that one which the receiver closed is not written to.
    setImmediate(() => {
      if (exchange.connection === this) this.#client.dispatch(exchange.options, exchange);
    });
  }

  /** The exchange is over and the connection is good for another. */
  rest(): void {
    this.#exchange = null;
    this.reused = true;
  }

  /** Closes at once, in whatever state. */
  destroy(): void {
    this.#exchange = null;
    this.#giveUp?.();
    void this.#client.destroy();
  }
}
