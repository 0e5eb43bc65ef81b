import type pg from 'pg';
import type { Logger } from 'pino';
import { TimeoutError, withTimeout } from '../ground/withTimeout.ts';
import { channel, decodeHints, type Hint } from './hint.ts';

/** The process's only LISTEN connection. */
export interface Listener {
  /** Connects, and keeps the connection from then on; calling it again does nothing. */
  start(): void;
  /** Whether it hears hints now; null until it is started. */
  listens(): boolean | null;
  close(): Promise<void>;
}

export interface ListenerOptions {
  /** Creates a client that is not connected yet; called again whenever a connection is lost. */
  readonly createClient: () => pg.Client;
  readonly log: Logger;
  readonly onHint: (hint: Hint) => void;
  /** The connection listens from now on. Hints sent before, or while a connection was lost, were missed. */
  readonly onListening: () => void;
  /** How often the connection is checked, and how long an answer, to LISTEN as well, may take, in milliseconds. @default 10,000 */
  readonly keepAliveMs?: number;
}

const firstDelayMs = 100;
const maxDelayMs = 5_000;
/** How long the end of the connection is waited for, in milliseconds: a server that hangs never answers it. */
const closeTimeoutMs = 2_000;

/**
 * Holds one dedicated LISTEN connection outside the pool: a pooled connection would be handed to others and lose its
 * subscription. A query sent now and then finds a connection that no longer answers although its socket seems open; it is
 * then replaced.
 */
export function createListener(options: ListenerOptions): Listener {
  const { createClient, log, onHint, onListening, keepAliveMs = 10_000 } = options;
  let current: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let delayMs = firstDelayMs;
  let started = false;
  let listening = false;
  let closed = false;

  /** Ends the client. While a query is unanswered, this closes the socket and does not wait for the other side. */
  const drop = (client: pg.Client) => client.end().catch(() => {});

  function lost(client: pg.Client, error?: unknown): void {
    if (client !== current) return;
    current = undefined;
    listening = false;
    clearTimeout(timer);
    void drop(client);
    if (closed) return;
    log.warn({ err: error, retryInMs: delayMs }, 'the live feed lost its connection to PostgreSQL; it connects again');
    // Spread randomly, so that the processes of an installation do not all reconnect at the same moment.
    timer = setTimeout(connect, delayMs * (0.5 + Math.random() / 2));
    delayMs = Math.min(delayMs * 2, maxDelayMs);
  }

  /** Sends a statement. Without an answer in time the connection counts as lost, because a lost network closes no socket. */
  function ask(client: pg.Client, statement: string, answered: () => void): void {
    if (client !== current) return;
    timer = setTimeout(() => lost(client, new TimeoutError(`no answer within ${keepAliveMs} ms`)), keepAliveMs);
    client.query(statement).then(
      () => {
        if (client !== current) return;
        clearTimeout(timer);
        answered();
        keepAlive(client);
      },
      (error) => lost(client, error),
    );
  }

  function keepAlive(client: pg.Client): void {
    timer = setTimeout(() => ask(client, 'SELECT 1', () => {}), keepAliveMs);
  }

  function connect(): void {
    const client = createClient();
    current = client;
    // Without a listener, a late error of a client that was dropped would end the process.
    client.on('error', (error) => lost(client, error));
    client.on('end', () => lost(client));
    client.on('notification', (message) => {
      for (const hint of decodeHints(message.payload ?? '')) onHint(hint);
    });
    const begin = () => {
      delayMs = firstDelayMs;
      listening = true;
      onListening();
    };
    client.connect().then(
      () => ask(client, `LISTEN ${channel}`, begin),
      (error) => lost(client, error),
    );
  }

  return {
    start() {
      if (started || closed) return;
      started = true;
      connect();
    },
    listens: () => (started ? listening : null),
    async close() {
      closed = true;
      listening = false;
      clearTimeout(timer);
      const client = current;
      current = undefined;
      if (client !== undefined) await withTimeout(closeTimeoutMs, () => drop(client)).catch(() => {});
    },
  };
}
