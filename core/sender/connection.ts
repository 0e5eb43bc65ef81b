import type { Socket } from 'node:net';
import { Client, type Dispatcher } from 'undici';
import type { Dialer, Dialling, Endpoint } from './dial.ts';
import type { ExchangeFailure } from './failure.ts';
import { patchParser } from './responseParser.ts';

const maxHeaderBytes = 16 * 1024;
/**
 * How long a connection stays open between requests, unless the receiver's `Keep-Alive` says less. Common servers close after
 * 5 s: this is shorter, so that a request seldom meets a closing connection.
 */
const idleMs = 4_000;
const maxIdleMs = 30_000;

/** A request with its handler, which undici calls as the response arrives. */
export interface Dispatchable extends Dispatcher.DispatchHandler {
  readonly options: Dispatcher.DispatchOptions;
  connection: Connection | null;
}

/**
 * One keep-alive connection to one endpoint, for one exchange at a time. Its address was vetted when it was dialled. After
 * the receiver closes it, the next exchange dials and vets again.
 */
export class Connection {
  readonly #client: Client;
  readonly #onIdleClosed: (connection: Connection) => void;
  /** Whether it has completed an exchange. */
  reused = false;
  #exchange: Dispatchable | null = null;
  #dialling: Dialling | undefined;
  #socket: Socket | undefined;

  constructor(origin: string, endpoint: Endpoint, dialer: Dialer, onIdleClosed: (connection: Connection) => void) {
    this.#onIdleClosed = onIdleClosed;
    this.#client = new Client(origin, {
      pipelining: 1,
      // The exchange has a deadline of its own.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: idleMs,
      keepAliveMaxTimeout: maxIdleMs,
      maxHeaderSize: maxHeaderBytes,
      connect: (_options, callback) => {
        this.#dialling = dialer.dial(endpoint, (failure, socket) => {
          this.#dialling = undefined;
          this.#socket = socket ?? undefined;
          if (socket) callback(null, socket);
          else callback(failure as Error, null);
        });
      },
    });
    this.#client.on('connect', () => {
      if (this.#socket) patchParser(this.#socket);
    });
    this.#client.on('disconnect', () => {
      if (!this.#exchange) this.#onIdleClosed(this);
    });
  }

  /** Whether part of a request is still unwritten although its response has come: no other request may follow it. */
  get hasUnsentBytes(): boolean {
    return this.#socket !== undefined && this.#socket.writableLength > 0;
  }

  /** Why the connection is not open yet, at the end of an exchange's time; null if the receiver is to blame. */
  overdue(): ExchangeFailure | null {
    return this.#dialling?.overdue() ?? null;
  }

  dispatch(exchange: Dispatchable): void {
    this.#exchange = exchange;
    exchange.connection = this;
    if (!this.reused) {
      this.#client.dispatch(exchange.options, exchange);
      return;
    }
    // undici waits for the event loop's next check phase before it writes to a used connection, but that may come before the
    // next poll. One more turn puts a poll between, which notices a connection that the receiver has closed.
    setImmediate(() => {
      if (exchange.connection === this) this.#client.dispatch(exchange.options, exchange);
    });
  }

  /** The exchange is over; the connection can take another. */
  markIdle(): void {
    this.#exchange = null;
    this.reused = true;
  }

  /** Closes at once, in any state. */
  destroy(): void {
    this.#exchange = null;
    this.#dialling?.cancel();
    void this.#client.destroy();
  }
}
