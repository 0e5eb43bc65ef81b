import { NetworkError, TimeoutError, ValidationError } from '../errors.ts';
import type { TypedDocumentString } from '../generated/operations.ts';
import { backoffMs, isPassing, pause } from '../http/retry.ts';
import { type CallOptions, closedError, type Transport } from '../http/transport.ts';
import { variablesOf } from '../http/variables.ts';
import { Items } from '../items.ts';
import { addTimes } from '../times.ts';
import { CursorRenewal } from './cursorRenewal.ts';
import { LatestById } from './latestById.ts';
import { openLiveSession } from './liveSession.ts';
import type { LiveSockets } from './liveSocket.ts';
import { SeenVersions } from './seenVersions.ts';
import type { WebSocketConstructor } from './webSocket.ts';

/** A state of something, received from a subscription. */
export interface Watched {
  readonly id: string;
  /** Of two states of the same thing, the higher version is newer. Absent where a thing never changes. */
  readonly version?: number;
  /** Subscribing after it misses nothing. */
  readonly cursor?: string | null;
}

/** A subscription with an `after` argument, and its starting point. */
export interface WatchSource<Item extends Watched> {
  readonly subscription: TypedDocumentString<unknown, never>;
  readonly variables: Readonly<Record<string, unknown>>;
  /** A cursor: subscribing after it gets every change that follows this call. */
  cursorOfNow(signal: AbortSignal): Promise<string | undefined>;
  /** Whether this state is the last one: the watch then ends. @default never */
  isLast?(item: Item): boolean;
  /** Whether states have no version, and each of them counts. @default false */
  readonly everyState?: boolean;
}

export interface WatchOptions extends CallOptions {
  /** The `cursor` of the last handled update, to continue after it. At most 7 days old. @default from now on */
  readonly after?: string | undefined;
  /** Called whenever the connection is up, and whenever it is lost. The watch reconnects by itself. */
  readonly onConnection?: ((connected: boolean) => void) | undefined;
  /**
   * Called where the connection was away for longer than the 7 days that a cursor is good for: changes may have been missed. The watch
   * goes on from this call on, so read anew what you show or keep. Without it, the watch ends with a `ValidationError` then, whose
   * `field` is `after`.
   */
  readonly onMissed?: (() => void) | undefined;
}

export interface LiveOptions {
  readonly url: string;
  webSocket(): Promise<WebSocketConstructor>;
  readonly keepAliveMs: number;
  /** The sockets that its watches share. */
  readonly sockets: LiveSockets;
}

/** Most things that wait for the reader; with more, the connection pauses until they are read. */
const maxWaiting = 10_000;
/** Most things whose version is remembered: a resumed feed repeats the changes of some seconds. */
const maxSeen = 50_000;
/** A connection that lasted this long, or brought something new, was good: after it, delays begin short again. */
const goodConnectionMs = 5_000;

/**
 * How long a connection may take to open, in milliseconds: short at first, because it may use a path that died with the connection
 * before, and then longer, for networks that are only slow.
 */
const firstConnectMs = 3_000;
const maxConnectMs = 24_000;

/** How a connection was, and how long the server asks to wait with the next one, in seconds. */
interface Ended {
  readonly paused: boolean;
  readonly good: boolean;
  readonly retryAfter?: number;
}

type Reading<Item> = IteratorResult<Item, undefined>;

/** The latest states of things, as they change. */
export class Watch<Item extends Watched> extends Items<Item> implements AsyncIterableIterator<Item, undefined> {
  /** Resolves when every change from then on will come. Rejects with the iterator's error where watching can't begin. */
  readonly ready: Promise<void>;
  readonly #transport: Transport;
  readonly #live: LiveOptions;
  readonly #source: WatchSource<Item>;
  readonly #signal: AbortSignal | undefined;
  readonly #onConnection: (connected: boolean) => void;
  readonly #onMissed: (() => void) | undefined;
  readonly #ending = new AbortController();
  readonly #waiting = new LatestById<Item>();
  readonly #seen = new SeenVersions(maxSeen);
  readonly #readers: { resolve(reading: Reading<Item>): void; reject(error: unknown): void }[] = [];
  readonly #end = () => this.#finish(undefined);
  #variables: Readonly<Record<string, unknown>> = {};
  /** The cursor of the last update that arrived. */
  #arrived: string | undefined;
  /** The cursor of the last update that was read. */
  #read: string | undefined;
  /** Whether the server has taken the cursor, or it is from the server itself: if it is refused then, it has expired. */
  #accepted: boolean;
  readonly #renewal = new CursorRenewal({
    arrived: () => this.#arrived,
    cursorOfNow: () => this.#source.cursorOfNow(this.#ending.signal),
    moveTo: (cursor) => {
      this.#arrived = cursor;
      if (this.#waiting.size === 0) this.#read = cursor;
    },
  });
  #finished = false;
  #wasConnected = false;
  #error: unknown;
  #onDrained = () => {};

  constructor(
    transport: Transport,
    live: LiveOptions,
    source: WatchSource<Item>,
    { after, signal, onConnection, onMissed }: WatchOptions,
  ) {
    super();
    this.#transport = transport;
    this.#live = live;
    this.#source = source;
    this.#signal = signal;
    this.#onConnection = (connected) => {
      try {
        onConnection?.(connected);
      } catch (error) {
        // Thrown on, it would look like a fault of the connection.
        this.#finish(error);
      }
    };
    this.#onMissed = onMissed;
    this.#accepted = after === undefined;
    const { closing } = transport;
    if (closing.aborted) this.#finish(closedError());
    else if (signal?.aborted) this.#finish(undefined);
    else {
      signal?.addEventListener('abort', this.#end, { once: true });
      closing.addEventListener('abort', this.#end, { once: true });
    }
    this.ready = this.#begin(after);
    this.ready.then(() => this.#stayConnected()).catch((error: unknown) => this.#finish(error));
  }

  /** Keep it, and pass it as `after` to a later watch, to continue after the updates read here. Undefined until `ready`. */
  get cursor(): string | undefined {
    return this.#read;
  }

  next(): Promise<Reading<Item>> {
    const value = this.#waiting.take();
    if (value) {
      this.#read = value.cursor ?? this.#read;
      if (this.#waiting.size === 0) this.#onDrained();
      return Promise.resolve({ done: false, value });
    }
    if (this.#error !== undefined) {
      const error = this.#error;
      this.#error = undefined;
      return Promise.reject(error);
    }
    if (this.#finished) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  /** Ends the watch. */
  return(): Promise<Reading<Item>> {
    this.#finish(undefined);
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Ends the watch. @returns never: rejects with the error */
  throw(error: unknown): Promise<Reading<Item>> {
    this.#finish(undefined);
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Gets the starting cursor before it connects, so that no later change is missed. */
  async #begin(after: string | undefined): Promise<void> {
    this.#variables = variablesOf(this.#source.subscription, this.#source.variables);
    this.#arrived = after ?? (await this.#cursorOfNow());
    this.#read = this.#arrived;
  }

  async #cursorOfNow(): Promise<string | undefined> {
    if (this.#finished) return undefined;
    try {
      return await this.#source.cursorOfNow(this.#ending.signal);
    } catch (error) {
      if (this.#finished) return undefined;
      throw error;
    }
  }

  async #stayConnected(): Promise<void> {
    const { signal } = this.#ending;
    const webSocket = await this.#live.webSocket();
    let failures = 0;
    try {
      while (!this.#finished) {
        const connection = this.#connectOnce(webSocket, failures);
        const { paused, good, retryAfter } = await connection.catch((error) => this.#goOnFromNow(error));
        if (this.#finished) return;
        if (good) this.#accepted = true;
        if (paused) await new Promise<void>((resolve) => this.#whenDrained(resolve));
        else {
          if (good) failures = 0;
          await pause(Math.max(backoffMs(failures++), (retryAfter ?? 0) * 1000), signal);
        }
      }
    } catch (error) {
      if (!this.#finished) throw error;
    }
  }

  /** After an error that says that the cursor has expired. @throws any other error */
  async #goOnFromNow(error: unknown): Promise<Ended> {
    const expired = error instanceof ValidationError && error.field === 'after';
    if (!expired || !this.#accepted || !this.#onMissed) throw error;
    try {
      this.#arrived = await this.#cursorOfNow();
    } catch (problem) {
      // The next connection is refused as well, and leads here again.
      if (isPassing(problem, 'always')) return { paused: false, good: false };
      throw problem;
    }
    if (this.#finished) return { paused: false, good: false };
    this.#accepted = false;
    if (this.#waiting.size === 0) this.#read = this.#arrived;
    this.#onMissed();
    return { paused: false, good: false };
  }

  async #connectOnce(webSocket: WebSocketConstructor, failures: number): Promise<Ended> {
    let authorization: string | undefined;
    try {
      authorization = await this.#transport.http.authorization();
    } catch (error) {
      // What was there before comes back: who gives the key is away with the connection. One that never came may never come.
      if (this.#wasConnected || error instanceof TimeoutError) return { paused: false, good: false };
      throw error;
    }
    const { signal } = this.#ending;
    // If the watch was ended meanwhile, its signal no longer matters.
    if (signal.aborted) return { paused: false, good: false };
    let paused = false;
    let receivedNews = false;
    let connectedAt = Number.POSITIVE_INFINITY;
    const session = openLiveSession<Readonly<Record<string, Item>>>(
      {
        url: this.#live.url,
        webSocket,
        sockets: this.#live.sockets,
        authorization,
        connectWithinMs: Math.min(maxConnectMs, firstConnectMs * 2 ** Math.floor(failures / 2)),
        keepAliveMs: this.#live.keepAliveMs,
        query: this.#source.subscription.toString(),
        variables: { ...this.#variables, after: this.#arrived },
      },
      {
        connected: () => {
          connectedAt = performance.now();
          this.#wasConnected = true;
          this.#onConnection(true);
        },
        next: (data) => {
          if (paused || this.#finished) return;
          // A subscription has one root field, by GraphQL's own rule.
          const [item] = Object.values(data);
          if (item && this.#arrive(addTimes(item) as Item)) receivedNews = true;
          paused = this.#waiting.size >= maxWaiting;
          if (paused) session.close();
        },
      },
    );
    signal.addEventListener('abort', session.close, { once: true });
    // A shared socket is up at once: onConnection may have ended the watch already.
    if (signal.aborted) session.close();
    const disconnected = this.#renewal.connected();
    try {
      const retryAfter = await session.ended.catch((error: unknown) => {
        // What let one through before does so again: a proxy refuses them for moments, too, while what is behind it is replaced.
        if (error instanceof NetworkError && this.#wasConnected) return undefined;
        throw error;
      });
      const good = receivedNews || performance.now() - connectedAt >= goodConnectionMs;
      return { paused, good, ...(retryAfter === undefined ? {} : { retryAfter }) };
    } finally {
      disconnected();
      signal.removeEventListener('abort', session.close);
      if (connectedAt < Number.POSITIVE_INFINITY) this.#onConnection(false);
    }
  }

  /** @returns whether the state is new */
  #arrive(item: Item): boolean {
    this.#arrived = item.cursor ?? this.#arrived;
    if (!this.#source.everyState && !this.#seen.isNews(item.id, item.version ?? 1)) return false;
    const reader = this.#readers.shift();
    if (reader) {
      this.#read = item.cursor ?? this.#read;
      reader.resolve({ done: false, value: item });
    } else this.#waiting.put(item);
    if (this.#source.isLast?.(item)) this.#finish(undefined, true);
    return true;
  }

  #whenDrained(resolve: () => void): void {
    this.#onDrained = resolve;
    if (this.#waiting.size === 0) resolve();
  }

  /** @param readOn - whether updates that have arrived are still read: not when the reader ends the watch */
  #finish(error: unknown, readOn = error !== undefined): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#signal?.removeEventListener('abort', this.#end);
    this.#transport.closing.removeEventListener('abort', this.#end);
    this.#ending.abort();
    if (!readOn) this.#waiting.clear();
    this.#onDrained();
    this.#error = error;
    if (error !== undefined && this.#readers.length > 0) {
      this.#error = undefined;
      this.#readers.shift()?.reject(error);
    }
    for (const reader of this.#readers.splice(0)) reader.resolve({ done: true, value: undefined });
  }
}
