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

/** Deliveries as they change, and the process's only LISTEN connection, which the other feeds share. */
export interface LiveFeed extends Hints {
  /** See {@link ChangeFeed.changes}. A cursor is good for 7 days. */
  deliveries(request: DeliveriesRequest): DeliverySubscription;
  /** See {@link ChangeFeed.cursor}. */
  cursor(organizationId: string): Promise<string>;
  /** Whether the process hears of changes at once; null until somebody subscribes. */
  listens(): boolean | null;
  close(): Promise<void>;
}

export interface LiveFeedOptions extends ChangeFeedOptions {
  /** Where to LISTEN: the database itself, not a pooler that hands connections from one to another. */
  readonly databaseUrl: string;
  /** How often the LISTEN connection is checked, in milliseconds. @default 10,000 */
  readonly keepAliveMs?: number;
}

/** One organization's reads take all but one. */
const maxConnections = 4;
const maxCursorAgeMs = 7 * 24 * 3_600_000;

export function createLiveFeed(options: LiveFeedOptions): LiveFeed {
  const { log, databaseUrl } = options;
  const subscribers = new Map<Topic, Set<HintSubscriber>>();

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
      for (const each of subscribers.get(hint.topic) ?? []) each.onHint(hint);
    },
    onListening: () => {
      for (const ofTopic of subscribers.values()) for (const each of ofTopic) each.onListening();
    },
    ...(options.keepAliveMs === undefined ? {} : { keepAliveMs: options.keepAliveMs }),
  });

  const subscribe: Hints['subscribe'] = (topic, subscriber) => {
    const ofTopic = subscribers.get(topic) ?? new Set();
    subscribers.set(topic, ofTopic.add(subscriber));
    listener.start();
    return () => ofTopic.delete(subscriber);
  };

  const feed = createChangeFeed(deliverySource, { subscribe }, { maxConnections, maxCursorAgeMs, ...options });

  return {
    subscribe,

    deliveries({ after, signal, ...request }) {
      const organizationId = request.organizationId.toLowerCase();
      const scope = { organizationId, id: organizationId };
      return feed.changes({ scope, selects: selected(request), after, signal });
    },

    listens: listener.listens,

    cursor: (organizationId) => feed.cursor(organizationId.toLowerCase()),

    async close() {
      await feed.close();
      await listener.close();
    },
  };
}
