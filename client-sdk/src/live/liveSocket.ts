import { type Client, createClient } from 'graphql-ws/client';
import type { WebSocketConstructor } from './webSocket.ts';

export interface LiveSocketOptions {
  readonly url: string;
  readonly webSocket: WebSocketConstructor;
  /** The value of the connection's `authorization` parameter; undefined where a session's cookie counts. */
  readonly authorization: string | undefined;
  /** How long the socket may take to open, in milliseconds. */
  readonly connectWithinMs: number;
  /** How often the connection is pinged, in milliseconds. */
  readonly keepAliveMs: number;
}

/** How long the server may take to acknowledge an open socket. */
const acknowledgedWithinMs = 10_000;
/** How long to wait for the server's close frame, where the platform allows ending the socket. */
const goodbyeWithinMs = 2_000;
/** Subscriptions over one socket: with more, a lost one would cost too many at once. */
const maxSubscriptions = 50;

/**
 * One socket, with the subscriptions that share it. It is opened by the first one, and closed by the last.
 *
 * Each step has a timeout: a connection may die silently in any of them, and platforms wait for minutes, or forever. A handshake
 * may even use an idle connection of `fetch` that died before.
 */
class LiveSocket {
  readonly client: Client;
  readonly #held: { socket?: HeldSocket };
  readonly #onConnected = new Set<() => void>();
  #subscriptions = 0;
  #step: ReturnType<typeof setTimeout> | undefined;
  #connected = false;
  #gone = false;

  constructor({ url, webSocket, authorization, connectWithinMs, keepAliveMs }: LiveSocketOptions) {
    const { Socket, ofThis } = keepingHold(webSocket);
    this.#held = ofThis;
    this.client = createClient({
      url,
      webSocketImpl: Socket,
      connectionParams: authorization === undefined ? {} : { authorization },
      // The watches reconnect, because only they know their cursors.
      retryAttempts: 0,
      keepAlive: keepAliveMs,
      on: {
        connecting: () => this.#within(connectWithinMs),
        opened: () => this.#within(acknowledgedWithinMs),
        connected: () => {
          clearTimeout(this.#step);
          this.#connected = true;
          for (const tell of this.#onConnected) tell();
        },
        // A socket whose peer is gone can stay open for hours: without an answer to a ping, it counts as lost.
        ping: (received) => {
          if (!received) this.#within(keepAliveMs);
        },
        pong: (received) => {
          if (received) clearTimeout(this.#step);
        },
        closed: () => {
          clearTimeout(this.#step);
          this.#gone = true;
        },
      },
    });
  }

  /** Whether it was up: the server accepted the key. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Whether another subscription may join. */
  get open(): boolean {
    return !this.#gone && this.#subscriptions < maxSubscriptions;
  }

  /** @param connected - called when the connection is up; at once where it is @returns ends the part in it */
  join(connected: () => void): () => void {
    this.#subscriptions += 1;
    this.#onConnected.add(connected);
    if (this.#connected) connected();
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#onConnected.delete(connected);
      this.#subscriptions -= 1;
      if (this.#subscriptions === 0) this.#close();
    };
  }

  #within(milliseconds: number): void {
    clearTimeout(this.#step);
    this.#step = setTimeout(() => this.#lose(), milliseconds);
  }

  /** Ends a connection whose peer no longer answers. */
  #lose(): void {
    clearTimeout(this.#step);
    this.#gone = true;
    this.client.terminate();
    this.#held.socket?.terminate?.();
  }

  /** Closes the connection itself: graphql-ws keeps its socket where the server's `complete` crosses ours. */
  #close(): void {
    clearTimeout(this.#step);
    this.#gone = true;
    const { socket } = this.#held;
    if (!this.#connected || !socket) this.#lose();
    else if (socket.readyState !== closed) {
      socket.close(1000, 'Normal Closure');
      if (!socket.terminate) return;
      const unanswered = setTimeout(() => socket.terminate?.(), goodbyeWithinMs);
      socket.addEventListener('close', () => clearTimeout(unanswered));
    }
  }
}

/**
 * The sockets of one client: subscriptions with the same credential share one, because browsers and balancers count sockets. A
 * fresh credential gets a socket of its own.
 */
export class LiveSockets {
  readonly #byCredential = new Map<string | undefined, LiveSocket>();

  get(options: LiveSocketOptions): LiveSocket {
    for (const [credential, socket] of this.#byCredential) if (!socket.open) this.#byCredential.delete(credential);
    const known = this.#byCredential.get(options.authorization);
    if (known) return known;
    const socket = new LiveSocket(options);
    this.#byCredential.set(options.authorization, socket);
    return socket;
  }
}

/** The part of a WebSocket that is used here, in addition to graphql-ws's use. */
interface HeldSocket {
  readonly readyState: number;
  close(code: number, reason: string): void;
  addEventListener(event: 'close' | 'error', listener: () => void): void;
  /** Only `ws` has it: ends the socket without a close frame. */
  terminate?(): void;
}

/** `readyState` of a closed socket. */
const closed = 3;

/** The same sockets, with access to the new one at once: graphql-ws gives it out only once it is open. */
function keepingHold(webSocket: WebSocketConstructor) {
  const ofThis: { socket?: HeldSocket } = {};
  const Base = webSocket as new (url: string, protocols?: string | string[]) => HeldSocket;
  class Socket extends Base {
    constructor(url: string, protocols?: string | string[]) {
      super(url, protocols);
      ofThis.socket = this;
      // Without a listener, `ws` would throw an error of a socket that graphql-ws no longer listens to.
      this.addEventListener('error', () => {});
    }
  }
  return { Socket, ofThis };
}
