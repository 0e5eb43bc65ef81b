import pg from 'pg';
import type { Logger } from 'pino';
import { ApiError } from '../errors.ts';
import { SharedPlaces } from '../places.ts';
import { createChangeReader } from './changes.ts';
import { writeCursor } from './cursor.ts';
import { type DeliveriesRequest, type DeliverySubscription, subscribe } from './deliveryStream.ts';
import { decodeIds, type Hint, type Topic } from './hint.ts';
import { createListener } from './listener.ts';
import { OrganizationFeed } from './organizationFeed.ts';
import type { Subscription } from './subscription.ts';

export type { DeliveriesRequest, DeliverySubscription } from './deliveryStream.ts';

/**
 * What changes, as it changes, for the subscribers of this process. The caller decides who may see what, when a
 * subscription begins and again for each delivery; the feed itself never leaves the organization it was asked for.
 */
export interface LiveFeed {
  /**
   * The latest state of every delivery that changes, at least once; never the same version twice in one subscription;
   * states in between may be left out.
   *
   * @throws ApiError VALIDATION_FAILED, field `after`, at once or from the iterator, for a cursor that is unknown or too old;
   *   UNAVAILABLE from the iterator when the subscriber is too slow, PostgreSQL is away as it begins, or the process ends:
   *   then subscribing again after the last cursor goes on without loss
   */
  deliveries(request: DeliveriesRequest): DeliverySubscription;
  /** The cursor of now: for a client that must not miss what happens before its first delivery arrives. */
  cursor(organizationId: string): Promise<string>;
  /** Lends the process's one ear to what is told of another topic. @returns stops hearing */
  hear(topic: Exclude<Topic, 'delivery'>, ear: Ear): () => void;
  close(): Promise<void>;
}

/** Who hears hints. What is not told is not heard: whoever must miss nothing looks for itself now and then. */
export interface Ear {
  onHint(hint: Hint): void;
  /** Listening from now on: what was told before, or while the connection was lost, was not heard. */
  onListening(): void;
}

export interface LiveFeedOptions {
  readonly pool: pg.Pool;
  readonly log: Logger;
  /** Where to LISTEN: the database itself, not a pooler that hands connections from one to another. */
  readonly databaseUrl: string;
  /** How often the table is asked for what was not told, in milliseconds. @default 5,000 */
  readonly catchUpMs?: number;
  /** Margin below the oldest running transaction, in milliseconds. @default 2,000 */
  readonly overlapMs?: number;
  /** Most deliveries a subscriber may leave waiting. @default 10,000 */
  readonly pendingLimit?: number;
  /** Most that all subscribers together may, one organization's three quarters of it. @default 500,000 */
  readonly pendingOfAll?: number;
  /** How often the LISTEN connection is tried, in milliseconds. @default 10,000 */
  readonly keepAliveMs?: number;
}

/** Most connections of the pool that live reading takes; one organization's takes all but one. */
const connections = 4;
/** Changes that wait for slow readers, some 100 bytes each. */
const mostPending = 500_000;
/** Soonest that a hint without ids has the table read. */
const hintedCatchUpMs = 250;

const closing = () =>
  new ApiError('UNAVAILABLE', 'This process is ending. Subscribe again after the last cursor received.', undefined, 1);

export function createLiveFeed(options: LiveFeedOptions): LiveFeed {
  const { pool, log, databaseUrl, catchUpMs = 5_000, overlapMs = 2_000, pendingLimit = 10_000 } = options;
  const reader = createChangeReader(pool, overlapMs, connections);
  const places = new SharedPlaces(options.pendingOfAll ?? mostPending);
  const organizations = new Map<string, OrganizationFeed>();
  let nextCatchUp: { readonly at: number; readonly timer: NodeJS.Timeout } | undefined;
  let catchingUp: Promise<void> | undefined;
  const ears = new Map<Topic, Set<Ear>>();
  let closed = false;

  function scheduleCatchUp(delayMs: number): void {
    const at = performance.now() + delayMs;
    if (closed || organizations.size === 0 || (nextCatchUp !== undefined && nextCatchUp.at <= at)) return;
    clearTimeout(nextCatchUp?.timer);
    const timer = setTimeout(() => {
      nextCatchUp = undefined;
      // After one that is under way, which may have read too early.
      catchingUp = (catchingUp ?? Promise.resolve()).then(catchUp).finally(() => scheduleCatchUp(catchUpMs));
    }, delayMs);
    nextCatchUp = { at, timer };
  }

  /** Finds what hints did not tell, and moves every organization's floor on. */
  async function catchUp(): Promise<void> {
    try {
      // One that begins does not know its floor yet: all of its changes would seem to be missing.
      const feeds = [...organizations.values()];
      await Promise.allSettled(feeds.map(({ ready }) => ready));
      const { complete } = await reader.watermark();
      const changed = await reader.changedSince(new Map(feeds.map((feed) => [feed.organizationId, feed.floor])));
      for (const feed of feeds) {
        if (changed.has(feed.organizationId)) feed.catchUp(complete);
        else feed.raiseFloor(complete);
      }
    } catch (error) {
      log.warn({ err: error }, 'live subscribers could not catch up with the database; trying again');
    }
  }

  function onHint(hint: Hint): void {
    const { topic, organizationId, encodedIds } = hint;
    if (topic !== 'delivery') {
      for (const ear of ears.get(topic) ?? []) ear.onHint(hint);
      return;
    }
    const feed = organizationId === null ? undefined : organizations.get(organizationId);
    if (organizationId !== null && feed === undefined) return;
    if (feed === undefined || encodedIds === null) scheduleCatchUp(hintedCatchUpMs);
    else feed.hint(decodeIds(encodedIds));
  }

  const listener = createListener({
    createClient: () =>
      new pg.Client({
        connectionString: databaseUrl,
        application_name: 'everhook live feed',
        connectionTimeoutMillis: 5_000,
        keepAlive: true,
      }),
    log,
    onHint,
    onListening: () => {
      scheduleCatchUp(0);
      for (const each of ears.values()) for (const ear of each) ear.onListening();
    },
    ...(options.keepAliveMs === undefined ? {} : { keepAliveMs: options.keepAliveMs }),
  });

  function join(organizationId: string, subscription: Subscription): OrganizationFeed {
    if (closed) throw closing();
    let feed = organizations.get(organizationId);
    if (feed === undefined) {
      feed = new OrganizationFeed(organizationId, reader, log);
      organizations.set(organizationId, feed);
      // One that could not begin is no use to the next subscriber.
      const { ready } = feed;
      ready.catch(() => organizations.get(organizationId)?.ready === ready && organizations.delete(organizationId));
    }
    feed.audience.add(subscription);
    listener.start();
    scheduleCatchUp(catchUpMs);
    return feed;
  }

  function leave(feed: OrganizationFeed, subscription: Subscription): void {
    feed.audience.delete(subscription);
    if (feed.audience.size === 0 && organizations.get(feed.organizationId) === feed) {
      organizations.delete(feed.organizationId);
    }
  }

  return {
    deliveries(request) {
      if (closed) throw closing();
      return subscribe(request, { reader, log, join, leave, pendingLimit, places });
    },

    async cursor(organizationId) {
      return writeCursor(organizationId.toLowerCase(), (await reader.watermark()).complete);
    },

    hear(topic, ear) {
      const heard = ears.get(topic) ?? new Set();
      ears.set(topic, heard.add(ear));
      listener.start();
      return () => heard.delete(ear);
    },

    async close() {
      closed = true;
      clearTimeout(nextCatchUp?.timer);
      for (const { audience } of organizations.values()) for (const each of audience) each.end(closing());
      await listener.close();
      await catchingUp;
    },
  };
}
