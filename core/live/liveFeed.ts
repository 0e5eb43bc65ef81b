import pg from 'pg';
import { type ChangeFeedOptions, createChangeFeed, type HintSubscriber, type Hints } from './changeFeed.ts';
import type { ChangeSubscription } from './changeStream.ts';
import { type DeliveryChange, deliverySource, type Selection, selected } from './deliveries.ts';
import type { Topic } from './hint.ts';
import { createListener } from './listener.ts';

export interface DeliveriesRequest extends Selection {
  readonly organizationId: string;
  /** The cursor of the last delivery received; absent: from now on. */
  readonly after?: string | undefined;
  /** Ends the subscription. */
  readonly signal: AbortSignal;
}

export type DeliverySubscription = ChangeSubscription<DeliveryChange>;

/** Deliveries as they change, and the process's one connection that listens, for the other feeds. */
export interface LiveFeed extends Hints {
  /** See {@link ChangeFeed.changes}. A cursor is good for 7 days. */
  deliveries(request: DeliveriesRequest): DeliverySubscription;
  /** See {@link ChangeFeed.cursor}. */
  cursor(organizationId: string): Promise<string>;
  close(): Promise<void>;
}

export interface LiveFeedOptions extends ChangeFeedOptions {
  /** Where to LISTEN: the database itself, not a pooler that hands connections from one to another. */
  readonly databaseUrl: string;
  /** How often the LISTEN connection is tried, in milliseconds. @default 10,000 */
  readonly keepAliveMs?: number;
}

/** One organization's reading takes all but one. */
const connections = 4;
const oldestCursorMs = 7 * 24 * 3_600_000;

export function createLiveFeed(options: LiveFeedOptions): LiveFeed {
  const { log, databaseUrl } = options;
  const ears = new Map<Topic, Set<HintSubscriber>>();

  const listener = createListener({
    createClient: () =>
      new pg.Client({
        connectionString: databaseUrl,
        application_name: 'everhook live feed',
        connectionTimeoutMillis: 5_000,
        keepAlive: true,
      }),
    log,
    onHint: (hint) => {
      for (const ear of ears.get(hint.topic) ?? []) ear.onHint(hint);
    },
    onListening: () => {
      for (const each of ears.values()) for (const ear of each) ear.onListening();
    },
    ...(options.keepAliveMs === undefined ? {} : { keepAliveMs: options.keepAliveMs }),
  });

  const hear: Hints['subscribe'] = (topic, ear) => {
    const heard = ears.get(topic) ?? new Set();
    ears.set(topic, heard.add(ear));
    listener.start();
    return () => heard.delete(ear);
  };

  const feed = createChangeFeed(
    deliverySource,
    { subscribe: hear },
    { maxConnections: connections, maxCursorAgeMs: oldestCursorMs, ...options },
  );

  return {
    subscribe: hear,

    deliveries({ after, signal, ...request }) {
      const organizationId = request.organizationId.toLowerCase();
      const scope = { organizationId, id: organizationId };
      return feed.changes({ scope, selects: selected(request), after, signal });
    },

    cursor: (organizationId) => feed.cursor(organizationId.toLowerCase()),

    async close() {
      await feed.close();
      await listener.close();
    },
  };
}
