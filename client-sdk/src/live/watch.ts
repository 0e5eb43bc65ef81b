import type { TypedDocumentString } from '../generated/operations.ts';
import { backoffMs, pause } from '../http/retry.ts';
import type { CallOptions, Transport } from '../http/transport.ts';
import { LatestById } from './latestById.ts';
import { openLiveSession } from './liveSession.ts';
import { SeenVersions } from './seenVersions.ts';
import type { WebSocketConstructor } from './webSocket.ts';

/** A state of something, told by a subscription. */
export interface Watched {
  readonly id: string;
  /** Of two states of the same thing the higher one is the newer. Absent where a thing has one state for ever. */
  readonly version?: number;
  /** Subscribing behind it misses nothing. */
  readonly cursor?: string | null;
}

/** What is watched: a subscription that takes `after`, and where it begins. */
export interface WatchSource<Item extends Watched> {
  readonly subscription: TypedDocumentString<Readonly<Record<string, Item>>, never>;
  readonly variables: Readonly<Record<string, unknown>>;
  /** The cursor from which on everything is told that changes after this call. */
  cursorOfNow(signal: AbortSignal): Promise<string | undefined>;
  /** Whether nothing changes any more after this state: the watch ends with it. @default never */
  isLast?(item: Item): boolean;
}

export interface WatchOptions extends CallOptions {
  /** The `cursor` of the last update that was dealt with, to go on after it. At most 7 days old. @default from now on */
  readonly after?: string | undefined;
  /** Told whenever the connection is up, and whenever it is lost. The watch connects again by itself. */
  readonly onConnection?: ((connected: boolean) => void) | undefined;
}

export interface LiveOptions {
  readonly url: string;
  webSocket(): Promise<WebSocketConstructor>;
  readonly keepAliveMs: number;
}

/** Most things that wait for the reader; beyond, the connection pauses until they are read. */
const mostWaiting = 10_000;
/** Things whose version is remembered: a resumed feed repeats the changes of some seconds. */
const mostSeen = 50_000;
/** A connection that held this long, or told something new, was a good one: after it, waits begin short again. */
const goodConnectionMs = 5_000;

/**
 * How long a connection may take to open, in milliseconds: little at first, because it is made in vain over what died with the
 * connection before, and then longer, for networks that are merely slow.
 */
const firstConnectMs = 3_000;
const longestConnectMs = 24_000;

type Reading<Item> = IteratorResult<Item, undefined>;

/** The latest states of things, as they change. */
export class Watch<Item extends Watched> implements AsyncIterableIterator<Item, undefined> {
  /** Resolves when every change from then on will be told; rejects as the iterator does where that can't be. */
  readonly ready: Promise<void>;
  readonly #transport: Transport;
  readonly #live: LiveOptions;
  readonly #source: WatchSource<Item>;
  readonly #signal: AbortSignal | undefined;
  readonly #onConnection: (connected: boolean) => void;
  readonly #ending = new AbortController();
  readonly #waiting = new LatestById<Item>();
  readonly #seen = new SeenVersions(mostSeen);
  readonly #readers: { resolve(reading: Reading<Item>): void; reject(error: unknown): void }[] = [];
  readonly #end = () => this.#finish(undefined);
  /** Of the last update that arrived. */
  #arrived: string | undefined;
  /** Of the last update that was read. */
  #read: string | undefined;
  #finished = false;
  #error: unknown;
  #onDrained = () => {};

  constructor(
    transport: Transport,
    live: LiveOptions,
    source: WatchSource<Item>,
    { after, signal, onConnection }: WatchOptions,
  ) {
    this.#transport = transport;
    this.#live = live;
    this.#source = source;
    this.#signal = signal;
    this.#onConnection = onConnection ?? (() => {});
    if (signal?.aborted) this.#finish(undefined);
    else signal?.addEventListener('abort', this.#end, { once: true });
    this.ready = this.#begin(after);
    this.ready.then(() => this.#stayConnected()).catch((error: unknown) => this.#finish(error));
  }

  /** Keep it, and give it as `after` to a later watch, to go on behind what has been read here. Undefined until `ready`. */
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

  /** Takes the cursor from which on nothing is to be missed, before any connection is made. */
  async #begin(after: string | undefined): Promise<void> {
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
        const { paused, good, retryAfter } = await this.#connectOnce(webSocket, failures);
        if (this.#finished) return;
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

  async #connectOnce(
    webSocket: WebSocketConstructor,
    failures: number,
  ): Promise<{ paused: boolean; good: boolean; retryAfter?: number }> {
    const authorization = await this.#transport.http.authorization();
    const { signal } = this.#ending;
    // Whoever ended the watch meanwhile is told no more by its signal.
    if (signal.aborted) return { paused: false, good: false };
    let paused = false;
    let toldNews = false;
    let connectedAt = Number.POSITIVE_INFINITY;
    const session = openLiveSession<Readonly<Record<string, Item>>>(
      {
        url: this.#live.url,
        webSocket,
        authorization,
        connectWithinMs: Math.min(longestConnectMs, firstConnectMs * 2 ** Math.floor(failures / 2)),
        keepAliveMs: this.#live.keepAliveMs,
        query: this.#source.subscription.toString(),
        variables: { ...this.#source.variables, after: this.#arrived },
      },
      {
        connected: () => {
          connectedAt = performance.now();
          this.#onConnection(true);
        },
        next: (data) => {
          if (paused || this.#finished) return;
          // A subscription has one root field, by GraphQL's own rule.
          const [item] = Object.values(data);
          if (item && this.#arrive(item)) toldNews = true;
          paused = this.#waiting.size >= mostWaiting;
          if (paused) session.close();
        },
      },
    );
    signal.addEventListener('abort', session.close, { once: true });
    try {
      const retryAfter = await session.ended;
      const good = toldNews || performance.now() - connectedAt >= goodConnectionMs;
      return { paused, good, ...(retryAfter === undefined ? {} : { retryAfter }) };
    } finally {
      signal.removeEventListener('abort', session.close);
      if (connectedAt < Number.POSITIVE_INFINITY) this.#onConnection(false);
    }
  }

  /** @returns whether it is news */
  #arrive(item: Item): boolean {
    this.#arrived = item.cursor ?? this.#arrived;
    if (!this.#seen.isNews(item.id, item.version ?? 1)) return false;
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

  /** @param readOn - what has arrived is still read; whoever ends the watch themselves wants nothing more */
  #finish(error: unknown, readOn = error !== undefined): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#signal?.removeEventListener('abort', this.#end);
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
